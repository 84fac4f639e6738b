"""Every breach, by promise. The planted code is what somebody might well write."""

from __future__ import annotations

from tests.prove.breach import Breach
from tests.prove.delivery import DELIVERY
from tests.prove.gathering import GATHERING
from tests.prove.judgement import JUDGEMENT
from tests.prove.judging import JUDGING
from tests.prove.operating import OPERATING
from tests.prove.running import RUNNING
from tests.prove.telemetry import TELEMETRY
from tests.prove.trouble import TROUBLE
from tests.prove.webhooks import WEBHOOKS

BREACHES: tuple[Breach, ...] = (
    *DELIVERY,
    *GATHERING,
    *JUDGEMENT,
    *JUDGING,
    *OPERATING,
    *RUNNING,
    *TELEMETRY,
    *TROUBLE,
    *WEBHOOKS,
)
