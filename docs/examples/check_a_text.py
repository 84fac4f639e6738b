"""A partner sends a text in and reads what stands about each claim, until every claim has its outcome.

python docs/examples/check_a_text.py 127.0.0.1:50051 article.txt     (the key in PLUMBLINE_PARTNER_KEY)

The key needs the scopes claims.write and verdicts.read. What is printed as `assessed` or `needs_review` was decided by
nobody; a person's later verdict arrives by watching again with the last resume token.
"""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path

import grpc
from plumbline.partner.v1 import claim_service_pb2, claim_service_pb2_grpc
from plumbline.partner.v1 import fact_check_service_pb2 as checks
from plumbline.partner.v1 import fact_check_service_pb2_grpc as checks_grpc

WAIT_SECONDS = 300


def check(address: str, key: str, text: str, *, secure: bool = False) -> str:
    """Prints the claims of a text as they are settled; returns the token to watch on from."""
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials()) if secure else grpc.insecure_channel(address)
    with channel:
        metadata = (("authorization", f"Bearer {key}"),)
        # the same request id with the same text gives the same answer, so a call that broke off is simply repeated
        request_id = str(uuid.uuid5(uuid.NAMESPACE_URL, text))
        sent = claim_service_pb2_grpc.ClaimServiceStub(channel).SubmitText(
            claim_service_pb2.SubmitTextRequest(request_id=request_id, text=text), metadata=metadata, timeout=60
        )
        print(f"{sent.subject}: {len(sent.claims)} claims {sent.note}".strip())
        watched, token = checks_grpc.FactCheckServiceStub(channel), ""
        request = checks.WatchSubjectRequest(name=sent.subject)
        for now in watched.WatchSubject(request, metadata=metadata, timeout=WAIT_SECONDS):
            token = now.resume_token
            print(f"{now.state}: {now.claims - now.under_check} of {now.claims} checked")
            if now.state == "done":
                for verdict in now.verdicts:
                    print(f"- {verdict.claim}\n  {verdict.status}: {verdict.headline}")
                    for cited in verdict.citations:
                        print(f"  “{cited.exact}”")
        return token


if __name__ == "__main__":
    address, file = sys.argv[1:3]
    check(address, os.environ["PLUMBLINE_PARTNER_KEY"], Path(file).read_text(), secure=address.endswith(":443"))
