"""Breaches in what gathers evidence: the answers of connectors, what a key or a draft is told to, the gate of models."""

from __future__ import annotations

from tests.prove.breach import breach

CONNECTORS, ENGINE = "services/verification/connectors", "services/verification/engine"
TESTS = "tests/integration/verification"
ANSWERS, UNIT = f"{TESTS}/test_connectors.py", "tests/unit/verification"

GATHERING = (
    breach(
        "J3",
        "garbage from a provider is an empty answer",
        f"{CONNECTORS}/reply.py",
        '        raise AskFailed("an answer that is not JSON") from error\n',
        "        return {}\n",
        ANSWERS,
        named="gdelt",
    ),
    breach(
        "J3",
        "leads that nobody could read count as found",
        "services/verification/connected.py",
        "    if lookup.status is not StageStatus.FOUND or asked.documents or asked.reviews:\n",
        "    if lookup.status is StageStatus.FOUND or asked.documents or asked.reviews:\n",
        UNIT,
        named="a_lead_counts_as",
    ),
    breach(
        "J3",
        "who repeats a figure vouches for it",
        f"{ENGINE}/disputed.py",
        "    return bool(REPEATED.search(sentence) or QUESTION.search(sentence))\n",
        "    return bool(QUESTION.search(sentence))\n",
        UNIT,
        named="only_repeats",
    ),
    breach(
        "S9",
        "drafts are told to everybody",
        f"{CONNECTORS}/asking.py",
        "        if self.connector.outside and not question.public and not self._drafts:\n",
        "        if self.connector.outside and not question.public and self._drafts:\n",
        ANSWERS,
        named="drafts",
    ),
    breach(
        "J1",
        "a model may cite what it was not shown",
        "services/verification/plugins/llm.py",
        'names.get(source, f"?{source[:80]}")',
        "names.get(source, next(iter(names.values())))",
        f"{TESTS}/test_plugins.py",
        named="injected",
    ),
    breach(
        "J4",
        "a model alone contradicts",
        f"{ENGINE}/policy.py",
        "SUGGESTIONS = frozenset({Stage.STANCE, Stage.PLUGIN})",
        "SUGGESTIONS = frozenset({Stage.STANCE})",
        UNIT,
        named="plug_in",
    ),
    breach(
        "S3",
        "a key follows a redirect",
        "services/verification/fetcher.py",
        "(ask.body is not None or _origin(to) != _origin(url))",
        "ask.body is not None",
        f"{TESTS}/test_fetcher.py",
        named="a_key_is_never",
    ),
)
