"""What `plumbline doctor` finds: the settings in force, what is wrong, and how to mend it. It changes nothing."""

from __future__ import annotations

from shared.doctor.examination import Examined, examine
from shared.doctor.finding import Finding, State

__all__ = ["Examined", "Finding", "State", "examine"]
