"""Sentences that repeat a statement without making it: they put it in others' mouths, question it or deny it. Pure."""

from __future__ import annotations

import re

REPEATED = re.compile(
    r"\b(?:the|a|this|that|these|those|viral|false|such) claims?\b|\bclaim(?:s|ed|ing)? (?:that|to|the|it|falsely|without)\b|"
    r"\bclaiming\b|\brumou?r(?:s|ed)?\b|\bviral\b|\bhoax(?:es)?\b|\bmyths?\b|\bfake\b|\balleg(?:e[sd]?|edly|ation|ations)\b|"
    r"\bsupposed(?:ly)?\b|\bdebunk\w*|\bmisleading(?:ly)?\b|\bmisinformation\b|\bdisinformation\b|\bfabricated\b|"
    r"\bfalse(?:ly|hood)?\b|\buntrue\b|\bincorrect(?:ly)?\b|\bwrong(?:ly)?\b|\binaccurate(?:ly)?\b|\bnot true\b|\bno evidence\b|"
    r"\bun(?:founded|proven|substantiated|supported|verified)\b|\bbaseless\b|\bden(?:y|ies|ied)\b|\bfact[- ]?check\w*|"
    r"\b(?:social media|facebook|instagram|tiktok|whatsapp|telegram|twitter) (?:posts?|users?|messages?)\b|"
    r"\bposts? (?:on|shared|circulat\w+|going)\b|\bshared (?:on|online|thousands)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(r"\?[\"”’')\]]*\s*$")


def only_repeated(sentence: str) -> bool:
    """True when a sentence does not vouch for what it says, so that its figures support nothing."""
    return bool(REPEATED.search(sentence) or QUESTION.search(sentence))


def about_a_rumour(title: str) -> bool:
    """True when a text's own title says that it examines what others say."""
    return bool(title) and only_repeated(title)
