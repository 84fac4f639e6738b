"""Sentences nobody can check: questions, calls to the reader; and those hard to: wishes, judgements, guesses."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"\?[\"'”’)\]]*\s*$")
_WISH = re.compile(
    r"\b(?:should|ought to|must|let['’]?s|let us|I (?:think|believe|feel|hope|guess|wish|want)|we (?:hope|want|need to)|"
    r"in my (?:view|opinion)|if only|please|thank you)\b",
    re.I,
)
_COMMAND = re.compile(
    r"^(?:[\"“'‘]\s*)?(?:imagine|consider|read|click|subscribe|share|follow|listen|sign up|watch|see (?:also|more|here)|join)\b",
    re.I,
)
_HOUSEKEEPING = re.compile(
    r"^(?:this (?:post|story|article|report|piece|version)\b.{0,40}\b(?:updated|corrected|published|edited)|correction:|update:|"
    r"editor['’]?s note|read more|\(?reporting by|photo(?:graph)? by|.{0,80}\bcontributed (?:reporting|to this (?:report|story|article))|"
    r".{0,80}\bis an? (?:staff )?(?:writer|reporter|columnist|correspondent)\b)",
    re.I,
)
_FUTURE = re.compile(r"\b(?:will|won['’]t|would|could|may|might|shall|[’']ll|going to)\b", re.I)
_PAST = re.compile(
    r"\b(?:was|were|had|has|have|did|been|\w{3,}ed|is|are|said|rose|fell|grew|made|won|lost|gave|took|paid|spent|cost)\b",
    re.I,
)
_JUDGEMENT = re.compile(
    r"\b(?:disaster|disgrace(?:ful)?|great|terrible|awful|wonderful|beautiful|amazing|horrible|stupid|brilliant|fantastic|shameful|"
    r"ridiculous|outrageous|absurd|pathetic|tremendous|incredible|disgusting|inspiring|sad|lovely|hero|evil|nonsense|wrong thing|"
    r"right thing|common sense)\b",
    re.I,
)
_FACT = re.compile(
    r"\d|%|\b(?:percent|million|billion|thousand|hundred|half|first|highest|lowest|largest|every|all|never|none)\b",
    re.I,
)


def not_a_statement(sentence: str) -> str:
    """Why the sentence states nothing at all, in a few words; empty when it does."""
    if _QUESTION.search(sentence):
        return "a question"
    if _HOUSEKEEPING.search(sentence):
        return "about the text itself"
    if _COMMAND.search(sentence) and not _FACT.search(sentence):
        return "a call to the reader"
    return ""


def leans_to_opinion(sentence: str) -> str:
    """Why the sentence looks like a wish, a judgement or a guess; empty when it does not.

    A figure, rank or "never" makes a judgement checkable again: "the worst year since 1990" is no mere opinion.
    """
    if _FACT.search(sentence):
        return ""
    if _WISH.search(sentence):
        return "a wish or demand"
    if _JUDGEMENT.search(sentence):
        return "a judgement"
    if _FUTURE.search(sentence) and not _PAST.search(sentence):
        return "about the future"
    return ""
