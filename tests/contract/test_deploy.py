"""What the deployment names is there: services, ports, topics, variables, files."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.__main__ import all_specs
from shared.catalogue.built import on_paper
from shared.settings import KitSettings
from shared.testing.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SPECS = {spec.name: spec for spec in all_specs()}
OTHERS = {"topics", "envoy", "kafka", "postgres", "otel-collector", "jaeger", "prometheus", "grafana"}
# Ports the parts of others listen on, by their own documentation.
PORTS_OF_OTHERS = {
    "kafka": {9092, 9093},
    "postgres": {5432},
    "otel-collector": {4317, 8888, 13133},
    "jaeger": {4317, 16686},
    "prometheus": {9090},
    "grafana": {3000},
}


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = read("docker-compose.yml")
    return found


def variables() -> set[str]:
    """Every variable the product reads; each of the kit's may also name a file."""
    kit = {f"PLUMBLINE_{name.upper()}" for name in KitSettings.model_fields}
    own = {
        f"{spec.settings.model_config['env_prefix']}{name.upper()}"
        for spec in SPECS.values()
        for name in spec.settings.model_fields
    }
    return kit | {f"{name}_FILE" for name in kit} | own


def ports(service: str) -> set[int]:
    """Where a container of the composition listens."""
    if service == "envoy":
        listeners = read("deploy/envoy/envoy.yaml")["static_resources"]["listeners"]
        return {listener["address"]["socket_address"]["port_value"] for listener in listeners}
    if service not in SPECS:
        return PORTS_OF_OTHERS[service]
    built, default = on_paper(SPECS[service]), KitSettings()
    doors = {default.http_port: built.routes, default.partner_port: built.partner, default.staff_port: built.staff}
    spans = {default.otlp_port} if service == "console" else set()
    return {port for port, door in doors.items() if door} | {default.ops_port} | spans


def test_the_composition_fits_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "schemas" / "compose-spec.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(compose)] == []
    compose["services"]["kafka"] = compose["services"]["kafka"] | {"reed_only": True}
    assert list(Draft202012Validator(schema).iter_errors(compose))
    del compose["services"]["kafka"]["reed_only"]


def test_every_service_runs_by_its_own_command(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == set(SPECS) | OTHERS
    for name, spec in SPECS.items():
        assert compose["services"][name]["command"] == ["run", spec.group]
    assert compose["services"]["topics"]["command"] == ["topics", "apply"]


def test_every_variable_is_one_the_product_reads(compose: dict[str, Any]) -> None:
    known = variables()
    for name in (*SPECS, "topics"):
        stray = set(compose["services"][name]["environment"]) - known
        assert not stray, f"{name}: {stray}"
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(PLUMBLINE_[A-Z_]+)=", text)) <= known
    for script in (ROOT / "docs" / "runbooks").glob("*.md"):
        named = set(re.findall(r"\b(PLUMBLINE_[A-Z_]+)\b", script.read_text(encoding="utf-8")))
        assert named <= known, f"{script.name}: {named - known}"


def test_every_address_names_a_container_and_a_port_it_listens_on(compose: dict[str, Any]) -> None:
    found = list(addresses(compose))
    assert len(found) > 20
    for where, host, port in found:
        assert host in compose["services"], f"{where}: nobody is called {host}"
        assert port in ports(host), f"{where}: {host} does not listen on {port}"


def addresses(compose: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            for host, port in re.findall(r"([a-z][a-z_-]+):([0-9]{4,5})\b", str(value)):
                yield f"{name} {variable}", host, int(port)
    for cluster in read("deploy/envoy/envoy.yaml")["static_resources"]["clusters"]:
        address = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
        if address["address"] != "127.0.0.1":
            yield f"envoy {cluster['name']}", address["address"], address["port_value"]
    for file in ("otel-collector/config.yaml", "grafana/provisioning/datasources/prometheus.yaml"):
        text = (DEPLOY / file).read_text(encoding="utf-8")
        for host, port in re.findall(r"(?:endpoint: |http://)([a-z][a-z-]+):([0-9]+)", text):
            yield file, host, int(port)
    for job in read("deploy/prometheus/prometheus.yaml")["scrape_configs"]:
        for target in job["static_configs"][0]["targets"]:
            host, port = target.split(":")
            yield f"prometheus {job['job_name']}", host, int(port)


def test_containers_that_talk_share_a_network(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for where, host, _ in addresses(compose):
        caller = where.split()[0].partition("/")[0]
        if caller in services and caller != host:
            assert set(services[caller]["networks"]) & set(services[host]["networks"]), f"{caller} cannot reach {host}"
    for service in SPECS:
        assert set(services["prometheus"]["networks"]) & set(services[service]["networks"]), service
    assert compose["networks"]["inside"]["internal"] is True
    outward = {name for name, one in services.items() if set(one["networks"]) - {"inside"}}
    assert not outward & {"kafka", "postgres", "topics"}


def test_S5_only_the_front_door_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for published in service.get("ports", ()):
            if name != "envoy" or published.endswith(":50051"):
                assert published.startswith("127.0.0.1:"), f"{name} {published}"
            inner = int(published.rpartition(":")[2])
            assert inner in ports(name)
            assert inner not in {9901, 9902}, "the front door's own measurements stay inside"
    assert not any("ports" in compose["services"][name] for name in SPECS)


def test_S6_the_trusted_proxy_is_the_front_door(compose: dict[str, Any]) -> None:
    address = compose["services"]["envoy"]["networks"]["doors"]["ipv4_address"]
    for name in SPECS:
        assert compose["services"][name]["environment"]["PLUMBLINE_TRUSTED_PROXIES"] == address


def test_every_file_that_is_mounted_is_there(compose: dict[str, Any]) -> None:
    mounts = [m for one in compose["services"].values() for m in one.get("volumes", ())]
    for source, _, target in (mount.partition(":") for mount in mounts):
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert target.endswith(":ro"), source
        else:
            assert source in compose["volumes"], source
    for name, one in compose["services"].items():
        assert set(one.get("secrets", ())) <= set(compose["secrets"]), name
    inside = {Path(path).name for path in re.findall(r"/run/secrets/(\w+)", _all_text())}
    assert inside == set(compose["secrets"]), "every secret is read, and every secret that is read is given"


def _all_text() -> str:
    files = [ROOT / "docker-compose.yml", *(f for f in DEPLOY.rglob("*") if f.suffix in {".yaml", ".sh"})]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_secrets_are_made_once_and_never_changed(compose: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "make.sh"
    script.write_text((DEPLOY / "secrets" / "make.sh").read_text(encoding="utf-8"))
    wanted = {Path(secret["file"]).name for secret in compose["secrets"].values()}
    made = []
    for _ in range(2):
        subprocess.run(["bash", str(script)], check=True, capture_output=True, timeout=5 * PATIENCE)
        made.append({name: (tmp_path / name).read_bytes() for name in wanted})
    assert made[0] == made[1]
    assert all(made[0].values())
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert {file.name for file in tmp_path.iterdir()} == wanted | {"make.sh"}
    password = (tmp_path / "database_password").read_text().strip()
    assert (tmp_path / "database_url").read_text() == f"postgresql://plumbline:{password}@postgres:5432/postgres"
    for name, variable in (
        ("master_key", "PLUMBLINE_MASTER_KEY_FILE"),
        ("database_url", "PLUMBLINE_DATABASE_URL_FILE"),
    ):
        assert compose["services"]["ingest"]["environment"][variable] == f"/run/secrets/{name}"
    assert os.path.exists(DEPLOY / "secrets" / ".gitignore")


def test_containers_have_no_rights_they_do_not_need(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert "no-new-privileges:true" in one["security_opt"], name
        if name in SPECS:
            assert one["read_only"] is True
            assert one["cap_drop"] == ["ALL"]
        if "image" in one and "build" not in one:
            tag = one["image"].partition(":")[2]
            assert tag, f"{name} has no version"
            assert tag != "latest", f"{name} has no version"


def test_a_stop_has_time_to_drain(compose: dict[str, Any]) -> None:
    for name in SPECS:
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) > KitSettings().stop_within_seconds


def test_the_image_is_built_in_stages_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith(("#", " "))]
    final = steps[[i for i, s in enumerate(steps) if s[0] == "FROM"][-1] :]
    assert sum(step[0] == "FROM" for step in steps) == 2
    user = next(arguments for word, arguments in final if word == "USER")
    assert int(user.split(":")[0]) > 0
    assert final.index(["USER", user]) > max(i for i, step in enumerate(final) if step[0] == "COPY")
    assert not any(step[0] in {"RUN", "COPY"} for step in final[final.index(["USER", user]) :])
    assert f":{KitSettings().ops_port}/readyz" in text
    assert not re.search(r"index-url|https?://(?!127\.0\.0\.1)|registry|mirror", text, re.IGNORECASE)
    for word, arguments in steps:
        if word == "COPY" and "--from" not in arguments:
            for source in arguments.split()[:-1]:
                assert (ROOT / source).exists(), source


def test_the_context_of_the_image_leaves_everything_else_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        source
        for line in text.splitlines()
        if line.startswith("COPY") and "--from" not in line
        for source in line.split()[1:-1]
    }
    for source in copied:
        assert any(source == keep or source.startswith(keep + "/") for keep in kept), source
    assert "deploy/*" in rules, "secrets never reach an image"


def test_the_collector_uses_what_it_declares() -> None:
    config = read("deploy/otel-collector/config.yaml")
    used: dict[str, set[str]] = {"receivers": set(), "processors": set(), "exporters": set()}
    for pipeline in config["service"]["pipelines"].values():
        for kind in used:
            used[kind] |= set(pipeline[kind])
    assert used == {kind: set(config[kind]) for kind in used}
    assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_what_the_image_holds_is_enough_to_build_every_service(tmp_path: Path) -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("COPY") and "--from" not in line:
            *sources, target = line.split()[1:]
            for source in sources:
                place = tmp_path / source if target == "./" else tmp_path / target
                place.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, place)
    program = (
        "from services.__main__ import all_specs; from shared.catalogue.built import on_paper;"
        "from shared.host import TOPICS; from shared.kafka import read_topics;"
        "from shared.retention import read_retention; read_retention();"
        "print(len([on_paper(spec) for spec in all_specs()]), len(read_topics(TOPICS)), TOPICS)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{tmp_path / 'proto' / 'gen'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
    )
    assert ran.returncode == 0, ran.stderr
    services, topics, place_of_topics = ran.stdout.split()
    assert (int(services), int(topics)) == (len(SPECS), len(read("deploy/kafka/topics.yaml")["topics"]))
    assert Path(place_of_topics).is_relative_to(tmp_path)
