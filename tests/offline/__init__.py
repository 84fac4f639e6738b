"""The test run has no way off this machine: who tries is refused, recorded and named."""
