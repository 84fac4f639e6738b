"""Why a comment waits, in words a moderator reads."""

from __future__ import annotations

from services.comment.engine.rules import Reason

_SAID = {
    "links": "{score:.0f} links",
    "repeated": "the same words by the same reader before",
    "copied": "the same words {score:.0f} times under this article",
    "flooding": "{score:.0f} comments by this reader in ten minutes",
    "shouting": "{percent:.0f} % capital letters",
    "banned_word": "a word of the banned list",
    "suspect_word": "a word of the suspect list",
    "name_banned_word": "a word of the banned list in the name",
    "name_suspect_word": "a word of the suspect list in the name",
    "email": "an e-mail address",
    "phone": "what looks like a phone number",
    "markup": "markup that tries to run",
    "invisible": "{score:.0f} runs of invisible characters",
    "stacked_marks": "stacked marks that cover other lines",
    "mixed_script": "a word of mixed alphabets",
    "too_long": "{score:.0f} characters",
    "name": "an address or invisible characters in the name",
    "moderation_failed": "moderation failed, so a person must look",
    "premoderation": "every comment is read first here",
}


def in_words(reason: Reason) -> str:
    """The reason with where it stands; a rule without words of its own is named."""
    said = _SAID.get(reason.rule, reason.rule.replace("_", " "))
    return f"{said.format(score=reason.score, percent=reason.score * 100)} (at {reason.start}-{reason.end})"
