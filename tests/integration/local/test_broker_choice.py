"""Which broker a local run uses, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.local.choice import find_broker
from shared.local.kafka import RealKafka, answers
from shared.local.kafka_files import KafkaInstallation, KafkaNotAvailable, find_kafka, pinned_version, pom_file

JAVA = """#!/bin/sh
echo 'openjdk version "{version}" 2025-01-01' >&2
"""
MAVEN = """#!/bin/sh
for word in "$@"; do case "$word" in -DoutputDirectory=*) target="${word#*=}" ;; esac; done
mkdir -p "$target" && touch "$target/kafka_2.13.jar" && echo run >> "$LOG"
"""


@dataclass
class Settings:
    kafka_bootstrap_servers: str | None = None


class Machine:
    """A machine whose PATH holds just the programs a test puts there."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.maven_log = programs / "maven.log"

    def install(self, name: str, script: str) -> None:
        program = self.programs / name
        program.write_text(script)
        program.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    programs = tmp_path / "programs"
    programs.mkdir()
    found = Machine(programs)
    for tool in ("mkdir", "touch"):
        (programs / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("LOG", str(found.maven_log))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return found


async def test_a_given_broker_comes_before_all(machine: Machine, tmp_path: Path) -> None:
    choice = await find_broker(Settings("kafka.example:9092"), cache=tmp_path)
    broker = choice.open(tmp_path)
    await broker.start()
    await broker.stop()
    assert (choice.kind, broker.kind, broker.bootstrap) == ("given", "given", "kafka.example:9092")
    assert "kafka.example:9092" in choice.sentence


@pytest.mark.parametrize(
    ("java", "maven", "because"),
    [
        (None, MAVEN, "no Java 17"),
        ("11.0.2", MAVEN, "no Java 17"),
        ("1.8.0_292", MAVEN, "no Java 17"),
        ("17.0.15", None, "no Maven"),
        ("21", "#!/bin/sh\necho '[ERROR] Unknown host'; exit 1\n", "Unknown host"),
        ("21", "#!/bin/sh\nexit 0\n", "no jars"),
    ],
)
async def test_a_missing_part_leads_to_the_embedded_broker_and_is_named(
    machine: Machine, tmp_path: Path, java: str | None, maven: str | None, because: str
) -> None:
    if java:
        machine.install("java", JAVA.format(version=java))
    if maven:
        machine.install("mvn", maven)
    choice = await find_broker(Settings(), cache=tmp_path / "cache")
    assert choice.kind == "embedded"
    assert because in choice.sentence
    assert "\n" not in choice.sentence
    assert not list((tmp_path / "cache").glob("*")), "nothing half-fetched stays behind"
    broker = choice.open(tmp_path)
    await broker.start()
    try:
        assert await answers(broker.bootstrap)
    finally:
        await broker.stop()


async def test_kafka_is_fetched_once_and_then_needs_no_maven(machine: Machine, tmp_path: Path) -> None:
    machine.install("java", JAVA.format(version="17.0.15"))
    machine.install("mvn", MAVEN)
    first = await find_broker(Settings(), cache=tmp_path)
    (machine.programs / "mvn").unlink()
    second = await find_broker(Settings(), cache=tmp_path)
    assert first == second
    assert first.kind == "kafka"
    assert pinned_version(pom_file()) in first.sentence
    assert machine.maven_log.read_text().count("run") == 1
    assert isinstance(second.open(tmp_path / "data"), RealKafka)


async def test_another_pom_is_another_set_of_files(machine: Machine, tmp_path: Path) -> None:
    machine.install("java", JAVA.format(version="17"))
    machine.install("mvn", MAVEN)
    changed = tmp_path / "pom.xml"
    changed.write_text(pom_file().read_text().replace("</project>", "<!-- --></project>"))
    ours: KafkaInstallation = await find_kafka(tmp_path)
    theirs = await find_kafka(tmp_path, pom=changed)
    assert ours.libraries != theirs.libraries


async def test_an_installation_without_a_pom_says_so(tmp_path: Path) -> None:
    with pytest.raises(KafkaNotAvailable, match="pom"):
        await find_kafka(tmp_path, pom=tmp_path / "missing.xml")
