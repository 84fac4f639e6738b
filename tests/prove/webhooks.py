"""Breaches of what a signed delivery may rely on (S1)."""

from __future__ import annotations

from tests.prove.breach import breach

SIGNATURES = "tests/unit/ingest/test_signatures.py"
DOOR = "tests/integration/ingest"
HTTP = "tests/integration/doors"
CODE = "services/ingest/signatures.py"

WEBHOOKS = (
    breach(
        "S1",
        "a signature never gets too old",
        CODE,
        "accepted and abs(int(timestamp) - now.timestamp()) <= WINDOW_SECONDS)",
        "accepted)",
        SIGNATURES,
    ),
    breach(
        "S1",
        "the signature is over what the bytes mean",
        CODE,
        '    signed = b"%s.%s.%s" % (webhook_id, timestamp, body)\n',
        '    import json\n\n    signed = b"%s.%s.%s" % (webhook_id, timestamp, json.dumps(json.loads(body)).encode())\n',
        SIGNATURES,
    ),
    breach(
        "S1",
        "digests are compared byte by byte",
        CODE,
        "hmac.compare_digest(hmac.digest(self.raw, signed, hashlib.sha256), signature)",
        "hmac.digest(self.raw, signed, hashlib.sha256) == signature",
        SIGNATURES,
    ),
    breach(
        "S1",
        "a malformed signature header raises what the parser raises",
        CODE,
        "    except (binascii.Error, ValueError):\n        return None\n",
        "    except ZeroDivisionError:\n        return None\n",
        SIGNATURES,
    ),
    breach(
        "S1",
        "a source nobody knows is let in by the empty key",
        CODE,
        "    if not (keys and well_formed and accepted and",
        "    if not (well_formed and accepted and",
        SIGNATURES,
    ),
)
