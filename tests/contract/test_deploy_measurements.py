"""Alerts and boards ask for what is measured, and every alert leads to a page that says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.readiness import OLD_EVENT_SECONDS
from shared.telemetry.names import METRICS, Metric

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
BOARDS = ROOT / "deploy" / "grafana" / "dashboards"
# Samples Prometheus keeps of a metric of each kind.
SAMPLES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
FUNCTIONS = {"histogram_quantile", "increase", "max", "min", "rate", "sum"}
KEYWORDS = {"by", "le"}
# What others measure: Prometheus itself, and the front door (its name is looked for in tests/integration/deploy).
FOREIGN = {"up": {"job", "instance"}, "envoy_cluster_membership_healthy": {"job", "instance", "envoy_cluster_name"}}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [
        panel
        for board in BOARDS.glob("*.json")
        for panel in json.loads(board.read_text(encoding="utf-8"))["panels"]
        if panel["type"] != "row"
    ]


def questions() -> Iterator[tuple[str, str, str]]:
    """(where, expression, text that shows its labels)."""
    for rule in alerts():
        yield rule["alert"], rule["expr"], json.dumps(rule["annotations"])
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def samples() -> dict[str, Metric]:
    return {metric.name + suffix: metric for metric in METRICS for suffix in SAMPLES[metric.kind]}


def labels_of(name: str) -> set[str]:
    if name in FOREIGN:
        return FOREIGN[name]
    metric = samples()[name]
    return {"service", "job", "instance", *metric.labels, *({"le"} if name.endswith("_bucket") else set())}


class Expression:
    """What a PromQL expression names. Raises ValueError where it is not well formed."""

    def __init__(self, text: str) -> None:
        bare = re.sub(r'"[^"]*"', '""', text)
        stack: list[str] = []
        for sign in re.findall(r"[()\[\]{}]", bare):
            if sign in "([{":
                stack.append(sign)
            elif not stack or stack.pop() + sign not in ("()", "[]", "{}"):
                raise ValueError(f"brackets: {text}")
        if stack:
            raise ValueError(f"brackets: {text}")
        self.labels = {
            label.strip() for inside in re.findall(r"\bby \(([^)]*)\)", bare) for label in inside.split(",")
        } | set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"\"", bare))
        rest = re.sub(r"\bby \([^)]*\)|\{[^}]*\}|\[[^\]]*\]", " ", bare)
        words = set(re.findall(r"[a-zA-Z_]\w*", rest)) - KEYWORDS
        called = set(re.findall(r"([a-zA-Z_]\w*)\s*\(", rest)) | (words & FUNCTIONS)
        if unknown := called - FUNCTIONS:
            raise ValueError(f"functions {unknown}: {text}")
        self.metrics = words - called
        if not self.metrics:
            raise ValueError(f"asks for nothing: {text}")


@pytest.mark.parametrize(("where", "expression", "shown"), list(questions()))
def test_T2_every_expression_asks_for_a_metric_that_exists_by_labels_it_has(
    where: str, expression: str, shown: str
) -> None:
    found = Expression(expression)
    known = samples().keys() | FOREIGN.keys()
    assert found.metrics <= known, f"{where}: nobody measures {found.metrics - known}"
    has = set.intersection(*(labels_of(name) for name in found.metrics))
    assert found.labels <= has, f"{where}: no label {found.labels - has}"
    told = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
    grouped = re.search(r"\bby \(([^)]*)\)", expression)
    left = {label.strip() for label in grouped[1].split(",")} if grouped else has
    assert told <= left, f"{where}: shows {told - left}"


@pytest.mark.parametrize(
    "wrong",
    ["sum(rate(plumbline_ready[5m])", "rat(plumbline_ready[5m])", "1 > 0", "max by (service) (plumbline_ready})"],
)
def test_an_expression_that_is_not_well_formed_is_noticed(wrong: str) -> None:
    with pytest.raises(ValueError):
        Expression(wrong)


def test_every_metric_is_on_the_board() -> None:
    asked = {name for panel in panels() for t in panel["targets"] for name in Expression(t["expr"]).metrics}
    for metric in METRICS:
        assert any(metric.name + suffix in asked for suffix in SAMPLES[metric.kind]), metric.name


def test_every_alert_names_a_page_that_says_what_to_do() -> None:
    for rule in alerts():
        page = ROOT / rule["annotations"]["runbook"]
        assert page.is_file(), rule["alert"]
        assert rule["alert"] in page.read_text(encoding="utf-8"), f"{page.name} does not speak of {rule['alert']}"
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith(".")
    names = [rule["alert"] for rule in alerts()]
    assert len(set(names)) == len(names)


def test_every_page_named_on_the_board_is_there() -> None:
    for panel in panels():
        for page in re.findall(r"docs/runbooks/[\w-]+\.md", panel["description"]):
            assert (ROOT / page).is_file(), panel["title"]


def test_the_alert_about_the_outbox_means_what_readiness_means() -> None:
    (rule,) = [rule for rule in alerts() if rule["alert"] == "OutboxWaits"]
    assert rule["expr"].endswith(f"> {OLD_EVENT_SECONDS:.0f}")


def test_grafana_reads_from_a_source_it_is_given() -> None:
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text(encoding="utf-8"))
    given = {source["uid"] for source in sources["datasources"]}
    for panel in panels():
        assert panel["datasource"]["uid"] in given
        assert {target["datasource"]["uid"] for target in panel["targets"]} <= given
    provider = yaml.safe_load((provisioning / "dashboards" / "plumbline.yaml").read_text(encoding="utf-8"))
    mounts = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["grafana"]["volumes"]
    folder = provider["providers"][0]["options"]["path"]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in mounts
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)


def test_promtool_agrees_where_there_is_one() -> None:
    """The reading above stands in for it elsewhere."""
    tool = shutil.which("promtool")
    if tool is None:
        assert all(Expression(rule["expr"]).metrics for rule in alerts())
        return
    checked = subprocess.run(
        [tool, "check", "config", str(PROMETHEUS / "prometheus.yaml")], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr + checked.stdout
