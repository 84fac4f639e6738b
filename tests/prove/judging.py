"""Breaches of how a claim is judged: evidence, quotations, refutations, anchors, the record (J), and addresses (S3)."""

from __future__ import annotations

from tests.prove.breach import breach

ENGINE = "services/verification/engine"
MODEL = "services/verification/model"
SCHEMA = "services/verification/migrations/0001_init.sql"
UNIT = "tests/unit/verification"
PEOPLE = "tests/integration/verification/test_people.py"
ADDED = "tests/integration/verification/test_added_rechecks.py"
POLICY, ADMISSIBLE = f"{ENGINE}/policy.py", f"{ENGINE}/admissibility.py"
ANCHORING = "services/claim_extraction/model/anchoring.py"

EVIDENCE = (
    breach(
        "J1",
        "a citation may name anything",
        f"{MODEL}/decision.py",
        '        raise Refused("UNKNOWN_EVIDENCE", "A citation names evidence that is not stored.", field="citations")\n',
        "        return\n",
        UNIT,
    ),
    breach(
        "J1",
        "the machine cites what is not stored",
        POLICY,
        "        reason = not_citable(citation, evidence) or reasons[citation.evidence_id]\n",
        '        reason = reasons.get(citation.evidence_id, "")\n',
        UNIT,
    ),
    breach(
        "J2",
        "nobody looks whether the words stand there",
        ADMISSIBLE,
        "    if held.text[citation.start : citation.end] != citation.exact:\n",
        "    if held.text[citation.start : citation.end].casefold() == citation.exact:\n",
        UNIT,
    ),
    breach(
        "J2",
        "the database believes a quotation",
        SCHEMA,
        "CREATE TRIGGER verdict_citation_verbatim BEFORE INSERT ON verdict_citation",
        "CREATE TRIGGER verdict_citation_verbatim BEFORE UPDATE ON verdict_citation",
        PEOPLE,
        named="test_J1_J2_",
    ),
    breach(
        "J3",
        "a failed lookup reads like an empty one",
        POLICY,
        "    if any(result.status is StageStatus.FAILED for result in looked):\n",
        "    if all(result.status is StageStatus.FAILED for result in case.stages):\n",
        UNIT,
    ),
    breach(
        "J4",
        "one person is enough to refute",
        f"{MODEL}/decision.py",
        "    return settings.needs_two(rating) or before\n",
        "    return before\n",
        UNIT,
    ),
    breach(
        "J4",
        "who proposed may second",
        f"{MODEL}/review.py",
        "    if deed.by.same_as(first):\n"
        '        raise Conflict("A second person has to decide; you proposed this.", field="person")\n',
        "",
        UNIT,
    ),
    breach(
        "J4",
        "a contradiction is a verdict",
        POLICY,
        "    return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, Abstention.CONTRADICTION_NEEDS_PEOPLE, why, ordered)\n",
        "    return case.outcome(OutcomeStatus.VERDICT, headline, None, why, ordered, Rating.REFUTED)\n",
        UNIT,
    ),
    breach(
        "J5",
        "what a model wrote is evidence",
        ADMISSIBLE,
        '    Origin.MACHINE: "something a model wrote is not evidence",\n',
        "",
        UNIT,
    ),
    breach(
        "J5",
        "our own analysis refutes alone",
        ADMISSIBLE,
        "    return evidence.evidence_class is not EvidenceClass.NEWSROOM_ANALYSIS and evidence.origin is not Origin.ANALYSIS\n",
        "    return True\n",
        UNIT,
    ),
    breach(
        "J5",
        "a copy of an article vouches for it",
        ADMISSIBLE,
        "shingles(claim.article_text)) >= COPY_OF_ARTICLE\n",
        "shingles(claim.article_text)) > 2 * COPY_OF_ARTICLE\n",
        UNIT,
    ),
    breach("J6", "copies count each", f"{ENGINE}/independence.py", " >= bar:\n", " > 1.0:\n", UNIT),
)
CLAIMS = (
    breach(
        "J7",
        "the rest of the sentence may change",
        ANCHORING,
        "    return _left_rest(before) == _left_rest(anchor.prefix) and _right_rest(",
        "    return True or _right_rest(",
        "tests/unit/claim_extraction",
    ),
    breach(
        "J7",
        "the first place found is taken",
        ANCHORING,
        "    if len(winners) > 1:\n        return Reanchored(Fate.ORPHANED, None)\n",
        "",
        "tests/unit/claim_extraction",
        named="test_",
    ),
    breach(
        "J8",
        "other numbers are the same claim",
        f"{ENGINE}/comparison.py",
        "Check, ...] = (_numbers, _dates,",
        "Check, ...] = (_dates,",
        UNIT,
    ),
    breach(
        "J8",
        "a negation is overheard",
        f"{ENGINE}/comparison.py",
        "_names, _yes_or_no, _how_many",
        "_names, _how_many",
        UNIT,
    ),
    breach(
        "J9",
        "a machine's word is a ClaimReview",
        "services/publish/structured_data.py",
        "    if not (claim.reviewed_by and claim.rating and claim.chip.settled):\n",
        "    if not claim.rating:\n",
        "tests/unit/publish",
    ),
    breach(
        "J10",
        "the past is read with what came later",
        f"{MODEL}/timeline.py",
        "    told = [each for each in assessments if each.recorded_at <= known_at]\n",
        "    told = list(assessments)\n",
        "tests/unit/verification/test_timeline.py",
    ),
    breach(
        "J10",
        "the record hands out what came later in place of what stood then",
        "services/verification/store/record.py",
        "    WHERE claim_id = $1 AND site_id = $2 AND recorded_at <= $3\n    ORDER BY text_hash",
        "    WHERE claim_id = $1 AND site_id = $2 AND $3::timestamptz IS NOT NULL\n    ORDER BY text_hash",
        "tests/integration/verification/test_timeline.py",
    ),
    breach(
        "J11",
        "a page that changes touches nobody",
        f"{MODEL}/affected.py",
        "        touched |= bases.by_page.get(page, set())\n",
        "        touched |= set()\n",
        UNIT,
    ),
    breach(
        "J11",
        "a source touches its neighbours",
        f"{MODEL}/affected.py",
        '    return host == domain or host.endswith("." + domain)\n',
        "    return host.endswith(domain)\n",
        UNIT,
    ),
    breach(
        "J11",
        "what people bring is not judged",
        "services/verification/review_sources.py",
        "                await rechecks.ask(unit, Change(str(site_id), claims=frozenset({claim_id})))\n",
        "",
        ADDED,
        named="test_J11_",
    ),
    breach(
        "J11",
        "what was put before one claim is judged for its whole article",
        f"{MODEL}/affected.py",
        "    touched: set[str] = set(change.claims)\n",
        "    touched = set().union(*bases.by_page.values(), change.claims)\n",
        UNIT,
    ),
)
RECORD = (
    breach(
        "J12",
        "the record may be changed",
        SCHEMA,
        "CREATE TRIGGER verdict_append BEFORE UPDATE OR DELETE ON verdict FOR",
        "CREATE TRIGGER verdict_append BEFORE DELETE ON verdict FOR",
        PEOPLE,
    ),
    breach(
        "J12",
        "a changed row goes unnoticed",
        "services/verification/store/audit.py",
        '            if row["entry_hash"] != entry_hash(last, row["seq"], row["entry"]):\n',
        '            if not row["entry_hash"]:\n',
        PEOPLE,
    ),
    breach(
        "J13",
        "a score does not say whose it is",
        "services/claim_extraction/engine/worthiness.py",
        "                self.sha256,\n            )",
        '                "",\n            )',
        "tests/unit/claim_extraction",
    ),
    breach(
        "J13",
        "weights that were changed are read all the same",
        f"{ENGINE}/agreement.py",
        "        if pinned and found != pinned:\n",
        "        if not found:\n",
        f"{UNIT}/test_agreement.py",
    ),
    breach(
        "J15",
        "what the machine is sure of waits for nobody",
        f"{MODEL}/rechecking.py",
        "    if shown.status in (OutcomeStatus.NEEDS_REVIEW, OutcomeStatus.ASSESSED):\n        if review is None:",
        "    if shown.status is OutcomeStatus.NEEDS_REVIEW:\n        if review is None:",
        UNIT,
    ),
)
FETCHING = (
    breach(
        "S3",
        "an IPv4 address in IPv6 clothes is let in",
        "services/verification/address_guard.py",
        "        if parsed not in GLOBAL_UNICAST or ",
        "        if ",
        UNIT,
    ),
    breach(
        "S3",
        "carrier networks are the web",
        "services/verification/address_guard.py",
        '        "100.64.0.0/10",  # carrier-grade NAT, also a cloud\'s metadata service\n        "168.63.129.16/32",',
        '        "168.63.129.17/32",',
        UNIT,
    ),
)
JUDGING = (*EVIDENCE, *CLAIMS, *RECORD, *FETCHING)
