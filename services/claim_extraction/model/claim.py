"""The words of claim extraction as values: blocks, anchors, claims and the sheet that carries them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.events import NEVER, Version


class Word(StrEnum):
    """A word of a closed list. Its value is read for each claim that is stored, and the enum's own way there is long."""

    @property
    def value(self) -> str:
        return self._value_


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article's text, NFC normalised, under an id that survives edits."""

    block_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """Exact words at a place: `block.text[start:end] == exact` for the block text with this sha256 (code points)."""

    block_id: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    text_sha256: str


class SourceKind(Word):
    """Who stands behind a claim."""

    AUTHOR = "author"
    NAMED = "named"
    GROUP = "group"
    DOCUMENT = "document"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who said it, with which words, and what was said; every span is an anchor of the article.

    `source_name` is the name for readers, resolved within the article ("Smith" -> "Jane Smith"); empty for the author.
    `contents` holds more than one piece when the words are interrupted or run over several paragraphs.
    `verbatim` is true when the content stands between quotation marks. `denied` is true when the source denies it.
    """

    kind: SourceKind
    source_name: str = ""
    source: Anchor | None = None
    cue: Anchor | None = None
    contents: tuple[Anchor, ...] = ()
    verbatim: bool = False
    denied: bool = False

    @property
    def content(self) -> Anchor | None:
        """The first piece of what was said."""
        return self.contents[0] if self.contents else None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its meaning; `start` and `end` count code points of the claim's text.

    `upper` is set for ranges. `comparator` is one of exact, about, at_least, at_most, more_than, less_than, between.
    `dimension` is one of count, percent, percentage_points, currency, length, area, volume, mass, duration, temperature,
    speed, energy, power, emission, rank, ratio, score. `unit` is the name values of that dimension are compared in.
    `change` is "up", "down" or "" and says that the number is a difference, not a level.
    `measure` is what is counted or measured, in the claim's own words, when it could be read.
    """

    start: int
    end: int
    exact: str
    value: float
    upper: float | None = None
    comparator: str = "exact"
    dimension: str = "count"
    unit: str = ""
    measure: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in the claim's text; `value` is an ISO 8601 date, year-month, year, or interval `from/to`.

    `relative` is true when it was resolved against the publication date.
    """

    start: int
    end: int
    exact: str
    value: str
    relative: bool = False


@dataclass(frozen=True, slots=True)
class CheckWorthiness:
    """A calibrated probability that people would check these words, what speaks for it, and whose judgement it is."""

    score: float
    reasons: tuple[str, ...]
    model_sha256: str


class ClaimKind(Word):
    """A statement stands for itself; a report says that somebody said a statement."""

    STATEMENT = "statement"
    REPORT = "report"


class ClaimState(Word):
    """Where a claim stands against the present text of its subject."""

    ACTIVE = "active"
    STALE = "stale"  # its words were changed
    ORPHANED = "orphaned"  # its words are gone
    WITHDRAWN = "withdrawn"  # the article was withdrawn
    DISMISSED = "dismissed"  # a person said it is none


class ClaimOrigin(Word):
    """Who found the claim."""

    MODEL = "model"
    STAFF = "staff"
    READER = "reader"
    PARTNER = "partner"


class LinkKind(Word):
    """How one claim stands to another."""

    REPORTS = "reports"
    REPORTED_BY = "reported_by"
    PART_OF = "part_of"
    SAME_AS = "same_as"


@dataclass(frozen=True, slots=True, order=True)
class ClaimLink:
    """`claim_id` names the other claim; between found claims it holds the other's identity key instead.

    A link that leads out of the sheet names the other's subject, or the fact check of the archive, and how alike the
    two texts are.
    """

    kind: LinkKind
    claim_id: str
    subject_id: str = ""
    fact_check_id: str = ""
    similarity: float = 0.0

    @property
    def leads_out(self) -> bool:
        return bool(self.subject_id or self.fact_check_id)


@dataclass(frozen=True, slots=True)
class FoundClaim:
    """A claim as one extraction found it, before it has an id. Links name identity keys of the same extraction.

    `check_worthiness` is None where nobody judged: words a person pointed at, or another language than English.
    """

    text: str
    text_hash: str
    kind: ClaimKind
    anchors: tuple[Anchor, ...]
    attribution: Attribution
    quantities: tuple[Quantity, ...]
    dates: tuple[DateMention, ...]
    check_worthiness: CheckWorthiness | None
    links: tuple[ClaimLink, ...] = ()

    @property
    def key(self) -> str:
        """What makes two findings the same claim: kind, exact normalised words, and who said it for a report."""
        return identity_key(self.kind, self.text_hash, self.attribution)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with an id. `dismissed_because` and `dismissed_by` outlive a withdrawal, so a dismissal is never lost."""

    claim_id: str
    text: str
    text_hash: str
    kind: ClaimKind
    state: ClaimState
    origin: ClaimOrigin
    anchors: tuple[Anchor, ...]
    attribution: Attribution
    quantities: tuple[Quantity, ...] = ()
    dates: tuple[DateMention, ...] = ()
    check_worthiness: CheckWorthiness | None = None
    links: tuple[ClaimLink, ...] = ()
    state_reason: str = ""
    dismissed_because: str = ""
    dismissed_by: str = ""
    successor: str = ""

    @property
    def key(self) -> str:
        """See `FoundClaim.key`."""
        return identity_key(self.kind, self.text_hash, self.attribution)

    @property
    def shown(self) -> bool:
        """True while the claim's words stand in the text and nobody dismissed it."""
        return self.state is ClaimState.ACTIVE


@dataclass(frozen=True, slots=True)
class ClaimSheet:
    """All claims of one subject at one version of the sheet; `article_version` is the text they were read from.

    `note` says to people when spotting was not possible, for instance an unsupported language.
    """

    subject_id: str
    site_id: str
    version: Version = NEVER
    article_version: Version = NEVER
    claims: tuple[Claim, ...] = ()
    language: str = ""
    note: str = ""

    def claim(self, claim_id: str) -> Claim | None:
        """The claim with this id, if the sheet has it."""
        return next((each for each in self.claims if each.claim_id == claim_id), None)


@dataclass(frozen=True, slots=True)
class Findings:
    """What one extraction has to say to `settle_claims`.

    `note` tells people why there was nothing to find (language, length). `sentences` were read; `passed_over` of them
    were scored and stayed under the threshold.
    """

    claims: tuple[FoundClaim, ...] = ()
    language: str = ""
    note: str = ""
    sentences: int = 0
    passed_over: int = 0


PRONOUNS = frozenset({"he", "she", "they", "it", "we", "i", "who", "him", "her", "them"})


def identity_key(kind: ClaimKind, text_hash: str, attribution: Attribution) -> str:
    """The same words are the same claim; "he said ..." is another report once "he" is another person."""
    source = attribution.source.exact.casefold() if attribution.source else ""
    if kind is ClaimKind.REPORT and source in PRONOUNS:
        return f"{kind}:{text_hash}:{attribution.source_name.casefold().rpartition(' ')[2]}"
    return f"{kind}:{text_hash}"
