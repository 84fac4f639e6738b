"""One article is one trace, from the request that brought it to the last service that heard of it (promise T1)."""

from __future__ import annotations

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

from shared.local.choice import Broker
from shared.runtime import Running
from shared.telemetry import names
from shared.testing.kit import Stage, eventually
from shared.testing.patience import PATIENCE
from tests.sample.newsroom import Newsroom, publish


def spans(stage: Stage, running: Running) -> list[ReadableSpan]:
    return list(stage.observed[running.spec.group].spans)


async def one(stage: Stage, running: Running, name: str) -> ReadableSpan:
    """The one span of this name; it may end a little later than what it caused."""
    await eventually(lambda: [span for span in spans(stage, running) if span.name == name])
    (span,) = [span for span in spans(stage, running) if span.name == name]
    return span


def is_child(child: ReadableSpan, parent: ReadableSpan) -> bool:
    return child.parent is not None and child.parent.span_id == parent.context.span_id


def links(span: ReadableSpan) -> list[int]:
    return [link.context.span_id for link in span.links]


async def test_T1_an_article_is_one_trace_across_services(stage: Stage, any_broker: Broker, newsroom: Newsroom) -> None:
    desk, sheets, panels = await stage.run(any_broker, newsroom.specs, topics=newsroom.topics)
    tracing = desk.resources.telemetry.tracing
    with tracing.span("POST /articles", SpanKind.SERVER, root=True) as request:
        await publish(newsroom, desk.resources.outbox, "a1", 1)
    joined = f"process {newsroom.sheets}"
    await eventually(lambda: [span for span in spans(stage, panels) if span.name == joined])
    await eventually(lambda: [span for span in spans(stage, panels) if span.name == "run announce"])

    told = await one(stage, desk, f"create {newsroom.articles}")
    heard = await one(stage, sheets, f"process {newsroom.articles}")
    told_on = await one(stage, sheets, f"create {newsroom.sheets}")
    heard_last = await one(stage, panels, joined)
    beside = await one(stage, panels, f"process {newsroom.articles}")
    job = await one(stage, panels, "run announce")

    assert told.parent is not None
    assert told.parent.span_id == request.get_span_context().span_id
    for child, parent in ((heard, told), (told_on, heard), (heard_last, told_on), (beside, told), (job, beside)):
        assert is_child(child, parent), f"{child.name} is no child of {parent.name}"
    for consumer, creation in ((heard, told), (heard_last, told_on), (beside, told)):
        assert links(consumer) == [creation.context.span_id], "a consumer links the creation it handles"
    assert (told.kind, heard.kind, job.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER, SpanKind.CONSUMER)
    trace_id = request.get_span_context().trace_id
    everything = (told, heard, told_on, heard_last, beside, job)
    assert {span.context.trace_id for span in everything} == {trace_id}


async def test_T1_the_relay_has_a_trace_of_its_own_that_links_the_event(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    (desk,) = await stage.run(embedded_broker, [newsroom.desk], topics=newsroom.topics)
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    await eventually(lambda: [span for span in spans(stage, desk) if span.name.startswith("send")])
    told, sent = [await one(stage, desk, f"{what} {newsroom.articles}") for what in ("create", "send")]
    assert sent.parent is None
    assert sent.context.trace_id != told.context.trace_id
    assert links(sent) == [told.context.span_id]
    assert sent.kind is SpanKind.CLIENT


async def test_T1_an_event_told_outside_any_request_starts_a_trace(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    desk, sheets = await stage.run(embedded_broker, [newsroom.desk, newsroom.sheet_maker], topics=newsroom.topics)
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    name = f"process {newsroom.articles}"
    await eventually(lambda: [span for span in spans(stage, sheets) if span.name == name])
    told, heard = await one(stage, desk, f"create {newsroom.articles}"), await one(stage, sheets, name)
    assert told.parent is None
    assert is_child(heard, told)


async def test_T1_a_span_says_which_record_it_is_about(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    desk, sheets = await stage.run(embedded_broker, [newsroom.desk, newsroom.sheet_maker], topics=newsroom.topics)
    await publish(newsroom, desk.resources.outbox, "a1", 1)
    name = f"process {newsroom.articles}"
    await eventually(lambda: [span for span in spans(stage, sheets) if span.name == name])
    found = dict((await one(stage, sheets, name)).attributes or {})
    assert found[names.GROUP] == sheets.spec.group
    assert (found[names.DESTINATION], found[names.OFFSET]) == (newsroom.articles, 0)
    assert (found[names.RESULT], found[names.EVENT_TYPE]) == ("handled", "plumbline.events.v1.Article")
    assert str(found[names.PARTITION]).isdecimal()
    assert 0 <= float(str(found[names.EVENT_AGE])) < PATIENCE
