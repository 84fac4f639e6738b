"""python -m tests.panels [NAME ...]: print the panels of the golden articles, line by line, to be judged by a person."""

from __future__ import annotations

import sys

from services.claim_extraction.engine import Extractor
from tests.panels.reading import NAMES, Line, panel


def main(names: list[str]) -> None:
    extractor = Extractor.load()
    for name in names or NAMES:
        shown = panel(name, extractor)
        print(f"\n=== {name}: {shown.about}")
        for source in shown.sources.values():
            print(f"  [{source.evidence_id}] {source.publisher}: {source.text}")
        for line in shown.lines:
            print(_told(line))


def _told(line: Line) -> str:
    outcome = line.outcome
    cited = "".join(f"\n        {each.stance.value} [{each.evidence_id}] “{each.exact}”" for each in outcome.citations)
    said = [f"    * {line.claim.text}", f"      {line.name}: {outcome.headline or outcome.abstention}"]
    said += [f"      note: {note}" for note in outcome.notes]
    return "\n".join(said) + cited


if __name__ == "__main__":
    main(sys.argv[1:])
