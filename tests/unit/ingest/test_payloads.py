"""What a CMS may say: every refusal names its field, nothing personal comes through."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.cloud_events import JSON, STRUCTURED, read_http, read_kafka
from services.ingest.model import ArticleNews, CommentNews, Decision
from services.ingest.payloads import TYPES, read_news
from shared.errors import Refused
from tests.builders.cms import APPROVED, POSTED, PUBLISHED, REMOVED, WITHDRAWN, article, comment, event
from tests.unit.ingest.deliveries import BINARY, NOW, read


def news(data: Any, type: str = PUBLISHED, **changed: Any) -> Any:
    return read_news(read(event(data, type=type, **changed)), received_at=NOW)


def refused(data: Any, type: str = PUBLISHED, **changed: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        news(data, type, **changed)
    return caught.value.status, caught.value.field


def test_an_article_is_read_in_the_domains_words() -> None:
    found = news(article(id=17, standfirst=" After\n nine weeks ", extra={"ignored": True}))
    assert isinstance(found, ArticleNews)
    assert (found.external_id, found.counter, found.withdrawn, found.standfirst) == ("17", 1, False, "After nine weeks")
    assert [p.text for p in found.passages] == ["The lights came back at dusk.", "The repair cost 41,000 pounds."]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id": None}, "data.id"),
        ({"id": ""}, "data.id"),
        ({"id": True}, "data.id"),
        ({"id": ["x"]}, "data.id"),
        ({"id": "x" * 201}, "data.id"),
        ({"version": None}, "data.version"),
        ({"version": "1"}, "data.version"),
        ({"version": 1.5}, "data.version"),
        ({"version": True}, "data.version"),
        ({"version": 0}, "data.version"),
        ({"version": -3}, "data.version"),
        ({"version": 2**53}, "data.version"),
        ({"url": None}, "data.url"),
        ({"url": "/relative"}, "data.url"),
        ({"url": "javascript:alert(1)"}, "data.url"),
        ({"url": "https://"}, "data.url"),
        ({"url": "https://[bad"}, "data.url"),
        ({"url": "https://a.example:99999/"}, "data.url"),
        ({"url": 'https://a.example/"><script>'}, "data.url"),
        ({"title": None}, "data.title"),
        ({"title": " \u200b "}, "data.title"),
        ({"title": {"rendered": "x"}}, "data.title"),
        ({"title": "x" * 1001}, "data.title"),
        ({"standfirst": 5}, "data.standfirst"),
        ({"bylines": "Ines"}, "data.bylines"),
        ({"bylines": ["Ines", None]}, "data.bylines"),
        ({"language": "english please"}, "data.language"),
        ({"published_at": "yesterday"}, "data.published_at"),
        ({"published_at": "2026-11-22"}, "data.published_at"),
        ({"published_at": "2026-11-22T08:30:00"}, "data.published_at"),
        ({"published_at": 1763800000}, "data.published_at"),
        ({"updated_at": "2026-13-45T08:30:00Z"}, "data.updated_at"),
        ({"html": None}, "data.html"),
        ({"html": ""}, "data.html"),
        ({"html": "<p> &nbsp; </p><img src=x>"}, "data.html"),
        ({"html": "<script>only</script>"}, "data.html"),
        ({"html": ["<p>x</p>"]}, "data.html"),
        ({"html": "<p>word</p>" * 5_001}, "data.html"),
        ({"html": "<br>" * 60_001 + "x"}, "data.html"),
        ({"html": "<p>" + "word " * 100_001 + "</p>"}, "data.html"),
        ({"html": None, "blocks": "x"}, "data.blocks"),
        ({"html": None, "blocks": []}, "data.blocks"),
        ({"html": None, "blocks": ["x"]}, "data.blocks[0]"),
        ({"html": None, "blocks": [{"text": "a"}, {"kind": "advert", "text": "b"}]}, "data.blocks[1].kind"),
        ({"html": None, "blocks": [{"text": 4}]}, "data.blocks[0].text"),
    ],
)
def test_S7_a_bad_article_field_is_named(changed: dict[str, Any], field: str) -> None:
    assert refused(article(**changed)) == (422, field)


def test_exactly_a_hundred_thousand_words_are_taken() -> None:
    assert news(article(html="<p>" + "word " * 100_000 + "</p>")).passages


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
def test_S7_nul_and_lone_surrogates_are_refused_and_named(bad: str) -> None:
    for name in ("title", "html", "id", "language"):
        body = json.dumps(event(article(**{name: bad}))).encode()
        with pytest.raises(Refused) as caught:
            read_http([], body, STRUCTURED)
        assert (caught.value.status, caught.value.field) == (400, f"data.{name}")
    with pytest.raises(Refused) as caught:
        read_http(BINARY, json.dumps(article(bylines=["ok", bad])).encode(), JSON)
    assert caught.value.field == "data.bylines[1]"


def test_blocks_may_come_ready_made() -> None:
    found = news(
        article(
            html=None,
            blocks=[
                {"kind": "heading", "text": "What <holds>"},
                {"html": "<p>See <a href='/x'>this</a>.</p>"},
                {"kind": "quote", "text": " Said. "},
                {"text": "  "},
            ],
        )
    )
    assert [(p.kind, p.text, p.html) for p in found.passages] == [
        ("heading", "What <holds>", "What &lt;holds&gt;"),
        ("paragraph", "See this.", 'See <a href="https://courier.example/x" rel="noopener">this</a>.'),
        ("quote", "Said.", "Said."),
    ]
    assert found.links == ("https://courier.example/x",)


def test_a_withdrawal_needs_no_words() -> None:
    found = news({"id": "harbour-lights", "version": 3}, WITHDRAWN)
    assert found.withdrawn
    assert refused({"id": "harbour-lights"}, WITHDRAWN) == (422, "data.version")


def test_C10_email_address_and_agent_never_come_through() -> None:
    found = news(
        comment(
            author={"name": "Wilma", "email": "Wilma@Mail.example", "ip": "203.0.113.7", "agent": "Firefox"},
            author_ip="203.0.113.7",
            comment_author_email="wilma@mail.example",
        ),
        POSTED,
    )
    assert isinstance(found, CommentNews)
    shown = dataclasses.replace(found, author_trait="")
    assert not any(trace in repr(shown).casefold() for trace in ("mail.example", "203.0.113.7", "firefox"))
    assert found.author_trait == "email:wilma@mail.example"


def test_C10_a_name_that_is_an_address_is_shown_as_anonymous() -> None:
    assert news(comment(author={"name": "wilma@mail.example"}), POSTED).author_name == ""
    assert news(comment(author=None), POSTED).author_name == ""


@pytest.mark.parametrize(
    ("changed", "type", "field"),
    [
        ({"id": None}, POSTED, "data.id"),
        ({"article_id": None}, POSTED, "data.article_id"),
        ({"body": None}, POSTED, "data.body"),
        ({"body": "  "}, APPROVED, "data.body"),
        ({"body": 7}, POSTED, "data.body"),
        ({"body": "x" * 50_001}, POSTED, "data.body"),
        ({"author": "Wilma"}, POSTED, "data.author"),
        ({"author": {"name": 4}}, POSTED, "data.author.name"),
        ({"author": {"name": "x" * 201}}, POSTED, "data.author.name"),
        ({"written_at": "today"}, POSTED, "data.written_at"),
        ({"version": "x"}, POSTED, "data.version"),
        ({"parent_id": {}}, POSTED, "data.parent_id"),
    ],
)
def test_S7_a_bad_comment_field_is_named(changed: dict[str, Any], type: str, field: str) -> None:
    assert refused(comment(**changed), type) == (422, field)


def test_a_removal_needs_no_words_and_carries_none() -> None:
    found = news(comment(body="the words"), REMOVED)
    assert (found.decision, found.body) == (Decision.REMOVED, "")


def test_without_a_version_the_events_time_orders_decisions() -> None:
    posted = news(comment(), POSTED, time="2026-11-22T09:12:00Z")
    removed = news(comment(), REMOVED, time="2026-11-22T09:12:00.5Z")
    assert removed.counter - posted.counter == 500
    assert news(comment(), POSTED, time=None).counter == 1
    assert refused(comment(), REMOVED, time=None) == (422, "data.version")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
_NAMES = ("id", "version", "url", "title", "html", "blocks", "bylines", "author", "body", "article_id", "published_at")


@given(st.sampled_from(TYPES), st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, _JSON)))
def test_S7_no_data_whatever_raises_anything_but_a_named_refusal(type: str, data: dict[str, Any]) -> None:
    caught = None
    try:
        news({**article(), **comment(), **data}, type)
    except Refused as refusal:
        caught = refusal
    assert caught is None or (caught.field and caught.status in {400, 422})


@given(
    st.lists(st.tuples(st.sampled_from(["content-type", "ce_id", "ce_time", "ce_type"]), st.binary(max_size=30))),
    st.binary(max_size=60),
)
def test_S7_no_record_whatever_raises_anything_but_a_named_refusal(
    headers: list[tuple[str, bytes]], value: bytes
) -> None:
    with pytest.raises(Refused):
        read_kafka(headers, value)
