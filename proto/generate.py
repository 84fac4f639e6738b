"""Generate the Python contract code under `proto/gen` from every `.proto` file, or check that it is up to date.

`python proto/generate.py` writes; `python proto/generate.py --check` exits 1 and names the files that drifted.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent
GENERATED = ROOT / "gen"


def generate(out: Path) -> None:
    """Write messages, service stubs and their type stubs for every contract file into `out`."""
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "plumbline").rglob("*.proto"))
    services = [s for s in sources if s.endswith("_service.proto")]
    includes = [f"-I{ROOT}", f"-I{files('grpc_tools') / '_proto'}"]
    out.mkdir(parents=True, exist_ok=True)
    _run([*includes, f"--python_out={out}", f"--mypy_out=quiet:{out}", *sources])
    _run([*includes, f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet:{out}", *services])


def _run(arguments: list[str]) -> None:
    beside = os.path.dirname(sys.executable)
    os.environ["PATH"] = os.pathsep.join((beside, os.environ.get("PATH", "")))  # the stub plug-ins live there
    if protoc.main(["protoc", *arguments]) != 0:
        raise SystemExit("protoc failed")


def drifted() -> list[str]:
    """The files under `proto/gen` that differ from what the contracts generate today."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(fresh)
        names = {p.relative_to(fresh) for p in fresh.rglob("*.py*")} | {
            p.relative_to(GENERATED) for p in GENERATED.rglob("*.py*") if "__pycache__" not in p.parts
        }
        return sorted(
            str(n)
            for n in names
            if not (fresh / n).exists()
            or not (GENERATED / n).exists()
            or not filecmp.cmp(fresh / n, GENERATED / n, shallow=False)
        )


def main() -> int:
    if sys.argv[1:] not in ([], ["--check"]):
        print("usage: python proto/generate.py [--check]", file=sys.stderr)
        return 2
    if "--check" in sys.argv:
        names = drifted()
        for name in names:
            print(f"drift: proto/gen/{name}")
        return 1 if names else 0
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        shutil.rmtree(GENERATED, ignore_errors=True)
        shutil.copytree(folder, GENERATED)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
