"""`python -m tests.prove [PROMISE ...] [--jobs N]`: plant each breach in a copy of the tree and demand that tests go red.

Prints one line per breach as it ends and a table of the promises; exits 1 when a breach went unnoticed or does not fit.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.prove.breach import Breach, DoesNotFit
from tests.prove.breaches import BREACHES

ROOT = Path(__file__).resolve().parents[2]
RED, GREEN, BROKEN = "red", "GREEN!", "BROKEN"
PATIENCE_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a breach ended: red is what we want. `noticed` is the first test that failed."""

    breach: Breach
    result: str
    seconds: float
    noticed: str = ""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("promises", nargs="*", help="promises to prove, for instance D3 T1; all of them by default")
    parser.add_argument("--jobs", type=int, default=1, help="breaches tried at the same time")
    parser.add_argument("--list", action="store_true", help="only say which breaches there are")
    parser.add_argument("--fits", action="store_true", help="only check that every breach fits the code")
    given = parser.parse_args(arguments)
    chosen = [each for each in BREACHES if not given.promises or each.promise in given.promises]
    if not chosen:
        parser.error(f"no breach of {', '.join(given.promises)}")
    if given.list:
        print("\n".join(f"{each.promise:<5}{each.what}" for each in chosen))
        return 0
    if given.fits:
        found = unfitting(chosen)
        print("\n".join(found) or f"all {len(chosen)} breaches fit")
        return 1 if found else 0
    verdicts = prove(chosen, given.jobs)
    _print_table(verdicts)
    return 0 if all(each.result == RED for each in verdicts) else 1


def unfitting(breaches: Sequence[Breach]) -> list[str]:
    """Breaches whose edits do not fit the present code, in words."""
    found = []
    for each in breaches:
        for edit in each.edits:
            count = (ROOT / edit.file).read_text(encoding="utf-8").count(edit.old)
            if count != 1:
                found.append(f"{each.promise} {each.what}: {edit.file} has {count} times {edit.old.strip()[:60]!r}")
        found += [f"{each.promise} {each.what}: no {path}" for path in each.tests if not (ROOT / path).exists()]
    return found


def prove(breaches: Sequence[Breach], jobs: int) -> list[Verdict]:
    """Try every breach, `jobs` at a time, each in a copy of the tree of its own."""
    waiting: queue.SimpleQueue[Breach] = queue.SimpleQueue()
    for each in breaches:
        waiting.put(each)
    verdicts: list[Verdict] = []
    lock = threading.Lock()

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="plumbline-prove-") as folder:
            copy = _copy_of_tree(Path(folder) / "tree")
            while True:
                try:
                    each = waiting.get_nowait()
                except queue.Empty:
                    return
                verdict = _try(each, copy)
                with lock:
                    verdicts.append(verdict)
                    print(_line(verdict), flush=True)

    workers = [threading.Thread(target=work) for _ in range(max(1, jobs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(verdicts, key=lambda verdict: breaches.index(verdict.breach))


def _copy_of_tree(target: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def _try(breach: Breach, copy: Path) -> Verdict:
    started = time.monotonic()
    touched = {edit.file: (copy / edit.file).read_bytes() for edit in breach.edits}
    try:
        for edit in breach.edits:
            edit.apply(copy)
        result, noticed = _run(breach, copy)
    except DoesNotFit as reason:
        result, noticed = BROKEN, str(reason)
    finally:
        for name, content in touched.items():
            (copy / name).write_bytes(content)
    return Verdict(breach, result, time.monotonic() - started, noticed)


def _run(breach: Breach, copy: Path) -> tuple[str, str]:
    """Run the promise's tests. Only a failing test is red: a tree that does not import, or no test at all, is not."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
    command += ["-k", breach.selection, *breach.tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "CI": "", "PLUMBLINE_TEST_PATIENCE": "30"}
    try:
        ended = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return RED, f"no end within {PATIENCE_SECONDS} s"
    failed = [line.split(" ")[1] for line in ended.stdout.splitlines() if line.startswith("FAILED ")]
    if ended.returncode == 1 and failed:
        return RED, failed[0].rpartition("::")[2]
    if ended.returncode == 0:
        return GREEN, "no test noticed"
    return BROKEN, (ended.stdout.strip().splitlines() or ["no output"])[-1][:120]


def _line(verdict: Verdict) -> str:
    each = verdict.breach
    return f"{each.promise:<5}{verdict.result:<8}{verdict.seconds:>5.0f} s  {each.what:<66.66} {verdict.noticed:.70}"


def _print_table(verdicts: Sequence[Verdict]) -> None:
    print()
    for promise in dict.fromkeys(verdict.breach.promise for verdict in verdicts):
        of_promise = [verdict for verdict in verdicts if verdict.breach.promise == promise]
        red = sum(verdict.result == RED for verdict in of_promise)
        said = "kept" if red == len(of_promise) else "NOT PROVEN"
        print(f"{promise:<5}{red} of {len(of_promise)} breaches noticed: {said}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
