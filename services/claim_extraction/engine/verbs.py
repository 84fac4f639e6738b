"""Base forms of the words that report what somebody says, thinks, wants or judges, and how to get back to a base form."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from services.claim_extraction.engine.lexicon import words_of

ASSERTING = words_of(
    """say tell add note claim argue insist assert state declare announce warn explain estimate report reveal confirm acknowledge
    admit concede suggest predict write tweet post testify allege contend maintain recall remark reply respond conclude find show
    indicate hint imply stress emphasize emphasise signal boast brag complain lament joke quip swear guarantee assure inform
    remind caution counter retort answer repeat reiterate proclaim recount comment observe mention disclose speculate
    rule agree calculate project forecast blog text email shout scream whisper ask tout charge advise
    underscore highlight demonstrate document describe cite propose promise vow pledge deny dispute continue point
    attest posit theorize opine interject volunteer elaborate clarify preach summarize pronounce"""
)
"""Their content is put forward as so (or as not so)."""

THINKING = words_of(
    """believe think know doubt worry fear hope expect assume imagine feel learn hear discover decide realize realise understand
    suspect wonder guess figure consider mean remember forget notice recognize recognise regret anticipate reckon
    conclude care dream bet wish foresee judge accept trust"""
)

NOT_PUT_FORWARD = words_of(
    """ask propose promise vow pledge hope wish fear worry doubt wonder dream expect anticipate decide accept care regret consider
    imagine begin forget advise charge"""
)
"""Of both, the ones after which nobody has said that the content is so."""

WANTING = words_of(
    """want refuse promise vow pledge agree hope plan intend decline threaten offer seek expect prefer propose consider decide
    demand swear aim wish hesitate choose ask urge call order tell encourage warn invite beg press advise implore challenge
    instruct direct request remind persuade convince pressure """
)

JUDGING = words_of(
    """criticize criticise condemn praise admire blast slam reject deny support oppose endorse question dismiss accuse blame
    welcome denounce defend demand urge announce discuss cite mention mock ridicule decry deplore embrace favor favour back applaud
    lament mourn hail celebrate call describe label brand dub characterize portray propose advocate address explain acknowledge ask
    request order predict promise estimate reveal report criticise disavow renounce repudiate love hate like dislike appreciate
    respect fear want outline detail tout attack bash assail disparage belittle insult deride scold chide rebuke grill
    compare liken challenge dispute contest contradict recommend suggest express voice thank congratulate salute honor honour
    protest promote pitch plug believe know regret bemoan downplay minimize question vow pledge
    read write expect consider warn examine debate contemplate envision understand"""
)

ABOUT = {
    "accuse": "of", "talk": "about of", "speak": "about of on", "call": "for on", "warn": "of about against", "complain": "about of",
    "agree": "with on to", "disagree": "with on", "argue": "for against about", "push": "for", "advocate": "for", "apologize": "for",
    "apologise": "for", "boast": "about of", "brag": "about", "comment": "on about", "respond": "to", "point": "to out", "refer": "to",
    "object": "to", "worry": "about", "wonder": "about", "think": "of", "hint": "at", "allude": "to",
    "insist": "on", "believe": "in", "ask": "about for", "inquire": "about", "learn": "of about", "hear": "of about", "dream": "of",
    "reflect": "on", "opine": "on", "elaborate": "on", "react": "to", "attest": "to", "testify": "to about", "tell": "of about",
    "write": "about of", "tweet": "about", "joke": "about", "criticize": "for", "blame": "for on", "praise": "for", "care": "about",
    "hope": "for", "plead": "for", "lobby": "for against", "campaign": "for against", "decide": "on against",
    "rail": "against", "rant": "about", "weigh": "in", "quote": "in", "remind": "of about", "inform": "of about",
    "describe": "as", "characterize": "as", "portray": "as", "dismiss": "as", "cast": "as", "depict": "as", "regard": "as",
    "see": "as", "view": "as", "laugh": "about at", "protest": "against", "approve": "of", "disapprove": "of", "side": "with",
}  # fmt: skip
"""Verbs whose content stands behind one of these prepositions."""

NOUNS = words_of(
    """claim statement allegation assertion suggestion belief view opinion warning promise pledge vow threat call demand request
    announcement report accusation argument concern fear hope doubt question criticism support opposition endorsement praise
    prediction estimate remark comment suspicion conclusion finding idea notion assurance proposal rumor rumour complaint
    objection admission declaration denial contention insistence hint plea desire confidence skepticism scepticism outrage
    condemnation rejection recognition acknowledgment commitment agreement testimony perception understanding
    impression conviction theory worry expectation assumption charge advice recommendation message thought feeling sense"""
)

ADJECTIVES = words_of(
    """sure confident certain worried concerned afraid aware convinced hopeful proud glad angry skeptical sceptical critical
    supportive optimistic pessimistic unsure clear wary dismissive upset outraged disappointed surprised happy pleased willing
    unwilling reluctant eager adamant fearful mindful furious ready committed opposed grateful interested nervous excited"""
)

SAYING_OR_THINKING = ASSERTING | THINKING | {"accord"}
"""A sentence with a form of none of these reports no claim."""

_LETTERS = re.compile(r"[a-z]+")
_IRREGULAR = {
    "said": "say", "told": "tell", "wrote": "write", "written": "write", "thought": "think", "found": "find", "knew": "know",
    "known": "know", "felt": "feel", "heard": "hear", "saw": "see", "seen": "see", "meant": "mean", "swore": "swear",
    "sworn": "swear", "held": "hold", "shown": "show", "spoke": "speak", "spoken": "speak", "understood": "understand",
    "began": "begin", "begun": "begin", "sought": "seek", "chose": "choose", "chosen": "choose", "forgot": "forget",
    "forgotten": "forget", "foresaw": "foresee", "read": "read", "learnt": "learn", "dreamt": "dream", "bet": "bet",
    "cast": "cast", "lying": "lie", "denied": "deny", "replied": "reply", "testified": "testify", "cited": "cite",
}  # fmt: skip


@cache
def base_forms(word: str) -> tuple[str, ...]:
    """What the word may be a form of, itself first: "arguing" -> arguing, argu, argue. Callers look each up in a list."""
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    forms = [word]
    for ending, others in (("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ing", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word[: -len(ending)]
            forms.append(stem + others)
            if ending in ("ed", "ing", "es"):
                forms.append(stem + "e")
            if ending in ("ed", "ing") and len(stem) > 3 and stem[-1] == stem[-2]:
                forms.append(stem[:-1])
    return tuple(dict.fromkeys(forms))


def base_in(word: str, group: frozenset[str] | dict[str, str]) -> str:
    """The base form of the word that stands in the group; empty when none does."""
    for form in base_forms(word):
        if form in group:
            return form
    return ""


@lru_cache(maxsize=50_000)
def _says_or_thinks(word: str) -> bool:
    return bool(base_in(word, SAYING_OR_THINKING))


def may_report(sentence: str) -> bool:
    """Whether any word of the sentence could say that somebody says or thinks something."""
    return any(map(_says_or_thinks, _LETTERS.findall(sentence.casefold())))
