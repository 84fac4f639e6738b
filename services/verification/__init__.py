"""Verification: evidence first, a verdict only when it has earned one."""
