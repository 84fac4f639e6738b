"""Words of a text: tokens with their places, base forms, and which of them carry meaning."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tantivy

from services.verification.engine.vocabulary import spaced

TOKEN = re.compile(
    r"(?:[A-Za-z]\.){2,}"  # U.S., E.U.
    r"|\d[\d.,]*\d(?:st|nd|rd|th)?|\d(?:st|nd|rd|th)?"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*",
)
FUNCTION_WORDS = frozenset(
    spaced("""a an the this that these those and or but nor so yet if then than as of at by for from in into on onto to up with within over under off out about
after before between through during against among per via upon is am are was were be been being do does did doing done have has had having will would
shall should can could may might must it its he him his she her hers they them their theirs we us our ours you your yours i me my mine who whom whose
which what when where why how there here also just very too quite rather such own same other another each both either any some not no never nor n't s
t re ve ll d m said says say saying according told tells tell added while because since although though however still even ever already again once
only more most less least much many few all every one's itself himself herself themselves according today yesterday tomorrow now ago last next year
years month months week weeks day days hour hours minute minutes time times percent per cent percentage point points number amount total about around
nearly almost roughly approximately estimated""")
)
IRREGULAR = dict(
    pair.split(":")
    for pair in spaced("""rose:rise risen:rise fell:fall fallen:fall grew:grow grown:grow won:win lost:lose went:go gone:go came:come took:take taken:take gave:give given:give
made:make saw:see seen:see knew:know known:know got:get gotten:get began:begin begun:begin became:become wrote:write written:write spoke:speak
spoken:speak broke:break broken:break chose:choose chosen:choose drove:drive driven:drive ate:eat eaten:eat flew:fly flown:fly held:hold kept:keep
left:leave led:lead met:meet paid:pay sent:send sold:sell bought:buy brought:bring thought:think caught:catch taught:teach sought:seek fought:fight
found:find built:build spent:spend lent:lend shot:shoot sat:sit stood:stand understood:understand ran:run swam:swim swum:swim sank:sink sunk:sink
drank:drink drunk:drink rang:ring sang:sing stole:steal stolen:steal froze:freeze frozen:freeze shrank:shrink shrunk:shrink threw:throw thrown:throw
withdrew:withdraw withdrawn:withdraw drew:draw drawn:draw wore:wear worn:wear tore:tear hid:hide hidden:hide rode:ride ridden:ride bit:bite
bitten:bite struck:strike stricken:strike told:tell said:say felt:feel dealt:deal meant:mean slept:sleep swept:sweep lay:lie laid:lay forgot:forget
forgotten:forget overtook:overtake overtaken:overtake overthrew:overthrow undertook:undertake men:man women:woman children:child people:person
persons:person feet:foot teeth:tooth mice:mouse lives:life died:die dying:die dead:die death:die deaths:die born:birth births:birth wives:wife
families:family killed:kill killing:kill fed:feed bred:breed bled:bleed fled:flee sped:speed slid:slide spun:spin hung:hang dug:dig stuck:stick
forbade:forbid forbidden:forbid beaten:beat proven:prove shown:show overran:overrun outgrew:outgrow rebuilt:rebuild repaid:repay resold:resell
rewrote:rewrite misled:mislead mistook:mistake mistaken:mistake wove:weave worse:bad worst:bad better:good best:good""")
)


@dataclass(frozen=True)
class Token:
    """A word or number as written, and where it stands (code points)."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


def tokens(text: str) -> list[Token]:
    """Words and numbers in order; punctuation is left out."""
    return [Token(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]


@lru_cache(maxsize=50_000)
def base(word: str) -> str:
    """One form for the forms of a word: irregular verbs and plurals by list, the rest by the Snowball stemmer."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("’", "'"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"'s?$", "", plain)
    plain = plain.replace(".", "") if re.fullmatch(r"(?:[a-z]\.)+", plain) else plain
    stems = _stemmer().analyze(IRREGULAR.get(plain, plain))
    return str(stems[0]) if stems else plain


def content(text: str) -> list[str]:
    """Base forms of the words that carry meaning, in order, without numbers."""
    return [
        base(token.text)
        for token in tokens(text)
        if token.lower not in FUNCTION_WORDS and not token.text[0].isdigit() and len(token.text) > 1
    ]


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()
