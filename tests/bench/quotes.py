"""Quoted words against the text they come from: verbatim, or altered."""

from __future__ import annotations

from services.verification.engine.quotes import Quoted, check_quote
from tests.bench.cases import per_kind, rate, read_cases
from tests.bench.report import Figure, arguments, publish


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--cases", help="csv: id,quoted,source_text,expected,kind; the shipped cases by default")
    parser.add_argument("--show", action="store_true", help="print every wrong answer")
    options = parser.parse_args()
    rows = read_cases(options.cases, "quotes.csv", ("quoted", "source_text", "expected"))
    checks = [check_quote(row["quoted"], row["source_text"]) for row in rows]
    passed = [check.result is Quoted.VERBATIM for check in checks]  # words not found at all are no quotation either
    wanted = [row["expected"] == "verbatim" for row in rows]
    if options.show:
        for check, row, said, want in zip(checks, rows, passed, wanted, strict=True):
            if said != want:
                print(f"{row['expected']} | {row['quoted']} | {row['source_text']} | {check.explanation}")
    metrics: dict[str, Figure | float] = {
        "missed_alterations": rate([p for p, w in zip(passed, wanted, strict=True) if not w], options.seed),
        "false_alarms": rate([not p for p, w in zip(passed, wanted, strict=True) if w], options.seed),
        **per_kind(rows, lambda n: passed[n] == wanted[n]),
    }
    bars = {"missed_alterations": "<= .08 (.03)", "false_alarms": "<= .05 (.02)"}
    notes = [] if options.cases else ["the shipped cases were at hand when the rules were written: a regression check"]
    publish("quotes", metrics, n=len(rows), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


if __name__ == "__main__":
    main()
