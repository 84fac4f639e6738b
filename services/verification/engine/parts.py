"""A claim that makes several statements is no surer than they are: what sources say of each bears on the whole. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.verification.model import Finding, Stance


def told_of_parts(whole: Sequence[Finding], parts: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """What has to be added to the findings on the whole. Where the only statement contradicted is one that another source
    bears out, that source stands beside it; where the whole is borne out and a statement of it contradicted, the
    contradiction does. `parts` holds the findings by the words of each statement."""
    stances = {finding.stance for finding in whole}
    against, for_it = Stance.CONTRADICTS in stances, Stance.SUPPORTS in stances
    if against is for_it:
        return []
    contradicted = {words: found for words, found in parts.items() if _has(found, Stance.CONTRADICTS)}
    if for_it:
        return _of(contradicted, Stance.CONTRADICTS)
    if not all(_has(found, Stance.SUPPORTS) for found in contradicted.values()):
        return []
    return _of(contradicted, Stance.SUPPORTS)


def _has(findings: Sequence[Finding], stance: Stance) -> bool:
    return any(finding.stance is stance for finding in findings)


def _of(parts: Mapping[str, Sequence[Finding]], stance: Stance) -> list[Finding]:
    return [
        replace(finding, explanation=f"Of “{words}”: {finding.explanation}", of_part=True)
        for words, found in parts.items()
        for finding in found
        if finding.stance is stance
    ]
