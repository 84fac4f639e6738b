"""Breaches of what a signed delivery may rely on (S1)."""

from __future__ import annotations

from tests.prove.breach import breach

SIGNATURES = "tests/unit/ingest/test_signatures.py"
DOOR = "tests/integration/ingest"
HTTP = "tests/integration/doors"
GUARD = "tests/unit/shared/test_http_guard.py"
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
    breach(
        "S1",
        "a delivery sent again is taken in again",
        "services/ingest/intake.py",
        "                if sender_key not in fresh:\n                    raise _Repeated\n                new = [key for key in own if key in fresh]\n",
        "                new = list(own)\n",
        DOOR,
    ),
    breach(
        "S1",
        "a body is capped after it was read",
        "shared/http_guard.py",
        "            if self._taken > self._max_body:\n                raise BodyTooLarge(self._max_body)\n        return message\n",
        "        return message\n",
        GUARD,
    ),
    breach(
        "S1",
        "a program meets a 410",
        "shared/http_guard.py",
        'return scope["path"].startswith(PROGRAMS) and (status == 410 or 300 <= status < 400)',
        "return False",
        HTTP,
    ),
    breach(
        "S1",
        "an unknown source is told that it is unknown",
        "services/ingest/api.py",
        "        webhook_id = verify(source.keys if source else (), request.headers.raw, body, now=now)\n        if source is None:\n            raise BadSignature\n",
        '        if source is None:\n            raise NotFound("source")\n        webhook_id = verify(source.keys, request.headers.raw, body, now=now)\n',
        DOOR,
    ),
)
