"""What telemetry can say is declared once; a day's work says all of it and nothing else (promise T2)."""

from __future__ import annotations

import re

import pytest

from shared.local.choice import Broker
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import Metric
from shared.testing.kit import Stage
from tests.sample.newsroom import Newsroom
from tests.telemetry.day import live_through


def template_of(name: str) -> str | None:
    """The declared span name this one was made from."""
    for template in (names.SPAN_CREATE, names.SPAN_SEND, names.SPAN_PROCESS, names.SPAN_JOB, names.SPAN_HTTP):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", r"\\S+", re.escape(template)), name):
            return template
    return names.SPAN_RPC if re.fullmatch(r"\S+/\S+", name) else None


async def test_T2_a_day_emits_every_declared_name_and_no_other(
    stage: Stage, embedded_broker: Broker, newsroom: Newsroom
) -> None:
    await live_through(stage, embedded_broker, newsroom)
    spans = [span for observed in stage.observed.values() for span in observed.spans]
    assert {template_of(span.name) for span in spans} == set(names.SPANS)
    attributes = {name for span in spans for name in span.attributes or {}}
    assert attributes == names.ATTRIBUTES

    reported = {
        family.name + ("_total" if family.type == "counter" else "")
        for observed in stage.observed.values()
        for family in observed.telemetry.metrics.registry.collect()
        if family.samples
    }
    lived = {observed.service for observed in stage.observed.values()}
    assert reported == {metric.name for metric in names.METRICS if not metric.only or metric.only in lived}


def test_T2_a_metric_that_is_not_declared_cannot_be_emitted() -> None:
    metrics = Metrics("x")
    with pytest.raises(KeyError):
        metrics.add(Metric("plumbline_invented_total", "counter", "Not declared."))
    with pytest.raises(ValueError):
        metrics.add(names.HANDLED, topic="t", outcome="not a declared label")


def test_T2_declared_names_are_well_formed_and_stand_once() -> None:
    assert len({metric.name for metric in names.METRICS}) == len(names.METRICS)
    assert len(set(names.SPANS)) == len(names.SPANS)
    for metric in names.METRICS:
        assert re.fullmatch(r"plumbline_[a-z_]+", metric.name)
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert metric.help.endswith(".")
