"""The demonstration: a newsroom's morning, acted out through the product's own doors.

It knows no service. It posts as a CMS posts, signs as a CMS signs, reads as a reader reads, and its two reviewers sign
in to the staff desk and fill in its forms. What an operator does first (a source, people, the archive) is handed in.
"""

from __future__ import annotations

from services.demo.newsroom import ARTICLE, DEMO, PUBLIC_COMMENTS, Newsroom
from services.demo.person import Person
from services.demo.report import DemoFailed, Kept, Outcome, Report

__all__ = ["ARTICLE", "DEMO", "PUBLIC_COMMENTS", "DemoFailed", "Kept", "Newsroom", "Outcome", "Person", "Report"]
