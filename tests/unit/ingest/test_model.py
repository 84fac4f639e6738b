"""When news of an article or a comment is news."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.engine.passages import Passage
from services.ingest.model import Article, ArticleNews, CommentNews, Decision, Origin, settle_article, settle_comment
from shared.events import NEVER, Version
from shared.ids import DEFAULT_SITE

ORIGIN = Origin("cms", DEFAULT_SITE)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def news(counter: int, text: str = "Words.", *, withdrawn: bool = False) -> ArticleNews:
    passages = () if withdrawn else (Passage("paragraph", text, text),)
    return ArticleNews("a", counter, withdrawn, "https://a.example/", "T", "", (), "en", None, NOW, passages, ())


def unknown() -> Article:
    return Article(ORIGIN.article_id("a"), DEFAULT_SITE, "cms", "a")


def after(*events: ArticleNews, epoch: int = 1) -> Article:
    known = unknown()
    for found in events:
        known = settle_article(known, found, epoch=epoch) or known
    return known


def test_the_version_follows_the_cms_and_the_epoch_follows_us() -> None:
    assert after(news(7)).version == Version(1, 7)
    assert after(news(7), news(9), epoch=4).version == Version(4, 9)
    kept = settle_article(after(news(7), epoch=4), news(8), epoch=2)
    assert kept is not None
    assert kept.version == Version(4, 8)


def test_D4_the_same_and_older_versions_are_stale() -> None:
    known = after(news(7))
    assert settle_article(known, news(7, "Other."), epoch=1) is None
    assert settle_article(known, news(6), epoch=9) is None


def test_a_withdrawal_holds_until_a_higher_version_and_keeps_the_block_ids() -> None:
    gone = after(news(1), news(3, withdrawn=True))
    assert gone.withdrawn
    assert settle_article(gone, news(2), epoch=1) is None
    back = after(news(1), news(3, withdrawn=True), news(4))
    assert not back.withdrawn
    assert back.blocks == after(news(1)).blocks
    assert back.text_sha256 == after(news(1)).text_sha256


@given(st.permutations([news(1), news(2, "Words two."), news(3, withdrawn=True), news(4, "Something else."), news(4)]))
def test_D4_any_order_of_arrival_ends_at_the_highest_version(events: list[ArticleNews]) -> None:
    found = after(*events)
    assert found.version == Version(1, 4)
    assert [block.text for block in found.blocks] in (["Something else."], ["Words."])


def test_the_same_words_have_the_same_digest_and_others_another() -> None:
    assert after(news(1)).text_sha256 == after(news(2)).text_sha256
    assert after(news(1)).text_sha256 != after(news(1, "Words!")).text_sha256


def test_ids_differ_between_sites_sources_kinds_and_names() -> None:
    other = Origin("cms2", DEFAULT_SITE)
    ids = {ORIGIN.article_id("a"), ORIGIN.article_id("b"), other.article_id("a"), ORIGIN.comment_id("a")}
    assert len(ids) == 4
    assert ORIGIN.article_id("a") == Origin("cms", DEFAULT_SITE).article_id("a")


def test_a_comment_moves_only_forward() -> None:
    found = CommentNews("c", "a", "", 5, Decision.OPEN, "", "", "b", NOW)
    assert settle_comment(NEVER, found, epoch=2) == Version(2, 5)
    assert settle_comment(Version(2, 5), found, epoch=2) is None
