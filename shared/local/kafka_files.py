"""Where Apache Kafka comes from: Java 17 or newer runs it, Maven fetches it once, a cache folder keeps it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from shared.local.process import ServerFailed, run

OLDEST_JAVA = 17
FETCH_SECONDS = 600.0
POM_PLACE = Path("deploy") / "kafka" / "pom.xml"
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


class KafkaNotAvailable(RuntimeError):
    """A real Kafka cannot be run here; the message says in a few words what is missing."""


@dataclass(frozen=True, slots=True)
class KafkaInstallation:
    """A runnable Kafka: the Java that runs it, the folder of its jars, its version."""

    java: Path
    libraries: Path
    version: str


def default_cache() -> Path:
    """Folder for things that can be fetched again: $XDG_CACHE_HOME/plumbline or ~/.cache/plumbline."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "plumbline"


def pom_file() -> Path:
    """The file that names Kafka's version, in the source tree this package stands in."""
    return Path(__file__).resolve().parents[2] / POM_PLACE


def pinned_version(pom: Path) -> str:
    """Kafka's version as the pom names it."""
    # The file is our own, so the parser's weakness against hostile XML does not matter.
    found = ElementTree.parse(pom).getroot().findtext(".//{*}kafka.version")  # noqa: S314
    if not found:
        raise KafkaNotAvailable(f"{pom} names no kafka.version")
    return found


async def find_kafka(cache: Path | None = None, pom: Path | None = None) -> KafkaInstallation:
    """The pinned Kafka, fetched by Maven at first use and kept in the cache folder.

    Raises KafkaNotAvailable when Java 17 or Maven is missing, or the fetch failed.
    """
    pom = pom or pom_file()
    if not pom.exists():
        raise KafkaNotAvailable("this installation carries no deploy/kafka/pom.xml")
    java = await _find_java()
    version = pinned_version(pom)
    libraries = (cache or default_cache()) / f"kafka-{version}-{_digest(pom)}"
    if not _has_broker(libraries):
        await _fetch(pom, libraries)
    return KafkaInstallation(java, libraries, version)


async def _find_java() -> Path:
    home = os.environ.get("JAVA_HOME")
    candidates = [shutil.which("java", path=str(Path(home) / "bin")) if home else None, shutil.which("java")]
    for candidate in filter(None, candidates):
        # macOS ships a `java` that is only a pointer to a download page and exits non-zero.
        status, output = await run([candidate, "-version"], seconds=60)
        found = _VERSION.search(output)
        if status == 0 and found and int(found.group(1)) >= OLDEST_JAVA:
            return Path(candidate)
    raise KafkaNotAvailable(f"no Java {OLDEST_JAVA} or newer")


async def _fetch(pom: Path, libraries: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaNotAvailable("no Maven to fetch it with")
    libraries.parent.mkdir(parents=True, exist_ok=True)
    # Into a folder of its own, then renamed: a fetch cut short, or two at once, never leave half an installation.
    fresh = Path(tempfile.mkdtemp(prefix=f"{libraries.name}-", dir=libraries.parent))
    try:
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={fresh / 'jars'}"]
        try:
            status, output = await run([maven, "-q", "-B", "-f", str(pom), *goal], seconds=FETCH_SECONDS)
        except ServerFailed as error:
            raise KafkaNotAvailable(str(error)) from error
        if status != 0 or not _has_broker(fresh / "jars"):
            reason = next((line for line in output.splitlines() if "ERROR" in line), "no jars")
            raise KafkaNotAvailable(f"Maven could not fetch it: {reason[:200]}")
        _move(fresh / "jars", libraries)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _digest(pom: Path) -> str:
    """A changed pom is another set of jars, even when it is the same Kafka."""
    return hashlib.sha256(pom.read_bytes()).hexdigest()[:8]


def _has_broker(jars: Path) -> bool:
    return any(jars.glob("kafka_*.jar"))


def _move(jars: Path, libraries: Path) -> None:
    try:
        jars.rename(libraries)
    except OSError:
        if not libraries.exists():  # otherwise another process was faster, with the same files
            raise
