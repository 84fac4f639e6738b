"""Sentences nobody can check: questions, wishes, demands, judgements and guesses about the future."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"\?[\"'”’)\]]*\s*$")
_WISH = re.compile(
    r"\b(?:should|ought to|must|let['’]?s|let us|I (?:think|believe|feel|hope|guess|wish|want)|we (?:hope|want|need to)|"
    r"in my (?:view|opinion)|if only|please|thank you)\b",
    re.I,
)
_COMMAND = re.compile(
    r"^(?:[\"“'‘]\s*)?(?:look|imagine|consider|remember|ask|stop|read|click|subscribe|share|follow|see|listen|sign up)\b",
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


def not_checkable(sentence: str) -> str:
    """Why nobody can check the sentence, in a few words; empty when somebody could.

    A figure, rank or "never" makes a judgement checkable again: "the worst year since 1990" is no mere opinion.
    """
    if _QUESTION.search(sentence):
        return "a question"
    if _HOUSEKEEPING.search(sentence):
        return "about the text itself"
    if _COMMAND.search(sentence):
        return "a call to the reader"
    factual = bool(_FACT.search(sentence))
    if _WISH.search(sentence) and not factual:
        return "a wish or demand"
    if _JUDGEMENT.search(sentence) and not factual:
        return "a judgement"
    if _FUTURE.search(sentence) and not _PAST.search(sentence) and not factual:
        return "about the future"
    return ""
