"""From what publish stores to what its pages show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from plumbline.events.v1 import article_pb2, claim_pb2, common_pb2, directory_pb2, publication_pb2, verdict_pb2

from services.publish.contract import moment
from services.publish.markup import Span, lay_out
from services.publish.model import Publication
from services.publish.pages import verify_form
from services.publish.views import (
    ArticleView,
    AudioView,
    BlockView,
    ChangeView,
    ClaimView,
    CorrectionView,
    EvidenceView,
    PanelView,
    ProgressView,
    RatedView,
    SiteView,
)
from services.publish.wording import DEFAULT_SCHEME, RatingStep, Tone, chip, said_by
from shared.events import version_of

_KINDS = {
    claim_pb2.SOURCE_KIND_AUTHOR: "author",
    claim_pb2.SOURCE_KIND_NAMED: "named",
    claim_pb2.SOURCE_KIND_GROUP: "group",
    claim_pb2.SOURCE_KIND_DOCUMENT: "document",
    claim_pb2.SOURCE_KIND_ANONYMOUS: "anonymous",
}
_STANCES = {common_pb2.STANCE_SUPPORTS: "for", common_pb2.STANCE_CONTRADICTS: "against"}
_STATUSES = {
    verdict_pb2.OUTCOME_STATUS_NEEDS_REVIEW: "needs_review",
    verdict_pb2.OUTCOME_STATUS_ASSESSED: "assessed",
    verdict_pb2.OUTCOME_STATUS_VERDICT: "verdict",
    verdict_pb2.OUTCOME_STATUS_WITHDRAWN: "withdrawn",
}
_TONES = {1: Tone.REFUTED, 2: Tone.MOSTLY_REFUTED, 3: Tone.MIXED, 4: Tone.MOSTLY_SUPPORTED, 5: Tone.SUPPORTED}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def site_view(site: directory_pb2.Site | None, base_url: str) -> SiteView:
    """The publisher as last heard of; a nameless one before that."""
    if site is None:
        return SiteView(name="Newsroom", mission="", base_url=base_url)
    return SiteView(
        name=site.name,
        mission=site.mission,
        base_url=base_url,
        language=site.languages[0] if site.languages else "en",
        legal_name=site.publisher,
        contact=site.contact,
        legal_footer=site.legal_footer,
        homepage=site.homepage,
        address=site.address,
        editor_in_chief=site.editor_in_chief,
        funding=site.funding,
        corrections_policy=site.corrections_policy,
    )


def scheme_of(site: directory_pb2.Site | None) -> tuple[RatingStep, ...]:
    """The site's rating scheme with our tones and meanings where the ratings are known ones."""
    if site is None or not site.rating_scheme.ratings:
        return DEFAULT_SCHEME
    known = {step.key: step for step in DEFAULT_SCHEME}
    steps = []
    for rating in site.rating_scheme.ratings:
        value = rating.value if rating.HasField("value") else None
        like = known.get(rating.rating)
        tone = like.tone if like else _TONES.get(value or 0, Tone.UNPROVEN)
        steps.append(RatingStep(rating.rating, rating.label, tone, value, like.meaning if like else ""))
    return tuple(steps)


def path_of(article_id: str) -> str:
    return f"/articles/{article_id}"


def article_view(p: Publication, corrections: Sequence[publication_pb2.Correction] = ()) -> ArticleView:
    """The article with its claims marked where they stand."""
    assert p.article is not None
    article = p.article
    published = moment(article, "published_at") or moment(article, "updated_at") or LONG_AGO
    return ArticleView(
        article_id=p.article_id,
        path=path_of(p.article_id),
        title=article.title,
        blocks=_blocks(article, p.panel),
        published_at=published,
        canonical=article.url,
        standfirst=article.standfirst,
        bylines=tuple(article.bylines),
        updated_at=moment(article, "updated_at"),
        language=article.language or "en",
        text_sha256=article.text_sha256,
        withdrawn=article.status == article_pb2.ARTICLE_STATUS_WITHDRAWN,
        corrections=tuple(correction_view(one) for one in corrections),
    )


def _blocks(article: article_pb2.Article, panel: publication_pb2.Panel | None) -> tuple[BlockView, ...]:
    spans: dict[str, list[Span]] = {}
    texts = {block.block_id: block.text for block in article.blocks}
    for one in panel.claims if panel is not None else ():
        for anchor in one.claim.anchors[:1]:
            # The sheet may speak of an earlier text: a mark only ever stands on the exact words.
            if texts.get(anchor.block_id, "")[anchor.start : anchor.end] == anchor.exact:
                spans.setdefault(anchor.block_id, []).append(Span(one.claim.claim_id, anchor.start, anchor.end))
    return tuple(
        BlockView(
            block.block_id,
            block.kind or "paragraph",
            lay_out(block.html or block.text, block.text, spans.get(block.block_id, ())),
        )
        for block in article.blocks
    )


def panel_view(
    p: Publication,
    *,
    scheme: Sequence[RatingStep],
    request_id: str,
    progress: tuple[int, int] | None = None,
    notice: str = "",
) -> PanelView:
    """The Fact Checker box."""
    panel = p.panel or publication_pb2.Panel()
    evidence = {one.evidence_id: one for one in panel.evidence}
    checked = moment(p.verdicts, "checked_at") if p.verdicts is not None else None
    path = path_of(p.article_id)
    return PanelView(
        version=str(version_of(panel.version)),
        claims=tuple(
            claim_view(one, number, evidence, path=path, scheme=scheme) for number, one in enumerate(panel.claims, 1)
        ),
        verify_form=verify_form(f"{path}/verify", request_id=request_id),
        live_url=f"{path}/live",
        checked_at=checked,
        complete=panel.complete,
        progress=ProgressView(*progress) if progress else None,
        notice=notice,
        note=p.claims.note if p.claims is not None else "",
    )


def claim_view(
    one: publication_pb2.PanelClaim,
    number: int,
    evidence: dict[str, common_pb2.Evidence],
    *,
    path: str,
    scheme: Sequence[RatingStep],
) -> ClaimView:
    """One claim and its outcome in readers' words."""
    claim, outcome = one.claim, one.outcome
    step = next((s for s in scheme if s.key == outcome.rating), None)
    said = claim.attribution
    rated = {each.evidence_id: each for each in outcome.source_ratings}
    return ClaimView(
        claim_id=claim.claim_id,
        number=number,
        text=claim.text,
        said_by=said_by(source_kind(claim), said.source_name, verbatim=said.verbatim),
        chip=chip(
            status=status_of(one),
            rating=outcome.rating,
            headline=outcome.headline,
            reviewed_by=outcome.reviewed_by or outcome.decided_by,
            scheme=scheme,
        ),
        path=f"/claims/{claim.claim_id}",
        evidence=tuple(
            evidence_view(citation, evidence[citation.evidence_id], rated.get(citation.evidence_id))
            for citation in outcome.citations
            if citation.evidence_id in evidence
        ),
        anchored=claim.state == claim_pb2.CLAIM_STATE_ACTIVE,
        explanation=outcome.explanation,
        abstention=outcome.abstention,
        basis=outcome.basis,
        decided_by=outcome.decided_by,
        reviewed_by=outcome.reviewed_by,
        decided_at=moment(outcome, "decided_at"),
        verdict_version=outcome.verdict_version,
        rating=outcome.rating,
        rating_value=step.value if step else None,
        steps=tuple(stage_words(stage) for stage in outcome.stages),
        report_url=path,
    )


def status_of(one: publication_pb2.PanelClaim) -> str:
    """checking, stale, needs_review, assessed, verdict or withdrawn."""
    if one.claim.state == claim_pb2.CLAIM_STATE_STALE:
        return "stale"
    return _STATUSES.get(one.outcome.status, "checking") if one.HasField("outcome") else "checking"


def source_kind(claim: claim_pb2.Claim) -> str:
    """author, named, group, document or anonymous."""
    return _KINDS.get(claim.attribution.source_kind, "author")


def rated_view(rating: verdict_pb2.SourceRating) -> RatedView:
    """The rating that counted then, whatever it is now."""
    since = moment(rating, "valid_from") or LONG_AGO
    return RatedView(rating.credibility, since, rating.version, rating.provenance.rstrip(" ."), rating.link)


def evidence_view(
    citation: common_pb2.Citation, found: common_pb2.Evidence, rating: verdict_pb2.SourceRating | None = None
) -> EvidenceView:
    return EvidenceView(
        quote=citation.exact,
        stance=_STANCES.get(citation.stance, "context"),
        title=found.title or found.url,
        publisher=found.publisher,
        url=found.url,
        retrieved_at=moment(found, "fetched_at") or LONG_AGO,
        published_at=moment(found, "published_at"),
        published_at_source=found.published_at_source,
        evidence_class=found.evidence_class or "real_time_source",
        sha256=found.sha256,
        origin=found.origin,
        rated=rated_view(rating) if rating is not None else None,
    )


_STAGES = {
    "known_claim": "Compared with earlier fact checks",
    "structured": "Numbers, dates and quoted words compared with sources",
    "retrieval": "Sources looked up",
    "stance": "Sources read for and against",
    "plugins": "Further checkers asked",
    "policy": "The newsroom's rules applied",
}
_RESULTS = {
    "found": "something was found",
    "nothing": "nothing was found",
    "failed": "this did not work",
    "not_asked": "not asked",
}


def stage_words(stage: verdict_pb2.StageRecord) -> str:
    """`Sources looked up: nothing was found (2 pages read)`."""
    words = f"{_STAGES.get(stage.stage, stage.stage)}: {_RESULTS.get(stage.result, stage.result)}"
    return f"{words} ({stage.detail})" if stage.detail else words


def correction_view(correction: publication_pb2.Correction, article_title: str = "") -> CorrectionView:
    return CorrectionView(
        at=moment(correction, "corrected_at") or LONG_AGO,
        before=correction.before,
        after=correction.after,
        note=correction.note,
        claim_text=correction.claim_text,
        claim_url=f"/claims/{correction.claim_id}",
        article_title=article_title,
        article_url=path_of(correction.article_id),
    )


def changes_of(claim_id: str, corrections: Sequence[publication_pb2.Correction]) -> tuple[ChangeView, ...]:
    """What became different about one claim since it was first checked, newest first."""
    return tuple(
        ChangeView(
            moment(one, "corrected_at") or LONG_AGO,
            f"From {one.before} to {one.after}." + (f" {one.note}" if one.note else ""),
        )
        for one in corrections
        if one.claim_id == claim_id
    )


def audio_view(article_id: str, text_sha256: str, state: str, spoken_sha256: str, reason: str, ms: int) -> AudioView:
    """What can be heard: the recording of exactly these words, or why there is none."""
    if state == "ready" and spoken_sha256 == text_sha256:
        path, mark = path_of(article_id), f"?text={text_sha256[:12]}"
        return AudioView(
            "ready", f"{path}/audio.opus{mark}", f"{path}/audio.mp3{mark}", f"{path}/audio.vtt{mark}", duration_ms=ms
        )
    if state == "unavailable" and spoken_sha256 == text_sha256:
        return AudioView("unavailable", reason=reason)
    return AudioView("updating")
