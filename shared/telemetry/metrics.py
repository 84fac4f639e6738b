"""Metrics of one service, in a registry of its own. A name that is not declared cannot be emitted."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shared.telemetry.names import METRICS, Metric

Kind = Counter | Gauge | Histogram
_KINDS: dict[str, type[Counter] | type[Gauge] | type[Histogram]] = {
    "counter": Counter,
    "gauge": Gauge,
    "histogram": Histogram,
}


class Metrics:
    """Counts, gauges and histograms declared in `names.METRICS`; `render` is what a scrape reads.

    With `counting` off nothing is kept, and a scrape reads declarations alone.
    """

    def __init__(self, service: str, *, counting: bool = True) -> None:
        self.registry = CollectorRegistry()
        self._service, self._counting = service, counting
        self._made: dict[str, Kind] = {m.name: self._make(m) for m in METRICS if m.only in ("", service)}
        # prometheus_client finds a child by its labels under a lock, with every label made text: found once, kept here.
        self._children: dict[tuple[str, ...], Kind] = {}

    def _make(self, metric: Metric) -> Kind:
        labels = ("service", *metric.labels)
        return _KINDS[metric.kind](metric.name, metric.help, labels, registry=self.registry)

    def _child(self, metric: Metric, labels: dict[str, str]) -> Kind:
        key = (metric.name, *labels, *labels.values())
        child = self._children.get(key)
        if child is None:
            made = self._made.get(metric.name)
            if made is None:  # one service's own, which runs here under another name
                if metric not in METRICS:
                    raise KeyError(metric.name)
                made = self._made[metric.name] = self._make(metric)
            child = self._children[key] = made.labels(service=self._service, **labels)
        return child

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        if self._counting:
            child = self._child(metric, labels)
            assert isinstance(child, Counter)
            child.inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        if self._counting:
            child = self._child(metric, labels)
            assert isinstance(child, Gauge)
            child.set(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        if self._counting:
            child = self._child(metric, labels)
            assert isinstance(child, Histogram)
            child.observe(value)

    def render(self) -> bytes:
        return generate_latest(self.registry)
