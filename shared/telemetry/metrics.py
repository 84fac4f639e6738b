"""Metrics of one service, in a registry of its own. A name that is not declared cannot be emitted."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shared.telemetry.names import METRICS, Metric


class Metrics:
    """Counts, gauges and histograms declared in `names.METRICS`; `render` is what a scrape reads."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._labels = {"service": service}
        self._made = {m.name: self._make(m) for m in METRICS}

    def _make(self, metric: Metric) -> Counter | Gauge | Histogram:
        kinds: dict[str, type[Counter] | type[Gauge] | type[Histogram]] = {
            "counter": Counter,
            "gauge": Gauge,
            "histogram": Histogram,
        }
        return kinds[metric.kind](metric.name, metric.help, ("service", *metric.labels), registry=self.registry)

    def _child(self, metric: Metric, labels: dict[str, str]) -> Counter | Gauge | Histogram:
        made: Counter | Gauge | Histogram = self._made[metric.name].labels(**self._labels, **labels)
        return made

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        child = self._child(metric, labels)
        assert isinstance(child, Counter)
        child.inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        child = self._child(metric, labels)
        assert isinstance(child, Gauge)
        child.set(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        child = self._child(metric, labels)
        assert isinstance(child, Histogram)
        child.observe(value)

    def render(self) -> bytes:
        return generate_latest(self.registry)
