"""A claim's figures against a sentence of evidence: agrees, differs or not comparable."""

from __future__ import annotations

from services.verification.engine.numeric import check_numbers
from tests.bench.cases import per_kind, rate, read_cases
from tests.bench.report import Figure, arguments, publish


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--cases", help="csv: id,claim,evidence,expected,kind; the shipped cases by default")
    parser.add_argument("--show", action="store_true", help="print every wrong answer")
    options = parser.parse_args()
    rows = read_cases(options.cases, "numeric_cases.csv", ("claim", "evidence", "expected"))
    checks = [check_numbers(row["claim"], row["evidence"]) for row in rows]
    right = [check.result.value == row["expected"] for check, row in zip(checks, rows, strict=True)]
    if options.show:
        for check, row, hit in zip(checks, rows, right, strict=True):
            if not hit:
                print(f"{row['expected']} / {check.result} | {row['claim']} | {row['evidence']} | {check.explanation}")
    false_differs = [
        check.result.value == "differs" for check, row in zip(checks, rows, strict=True) if row["expected"] != "differs"
    ]
    metrics: dict[str, Figure | float] = {
        "accuracy": rate(right, options.seed),
        "false_differs": rate(false_differs, options.seed),
        **per_kind(rows, lambda n: right[n]),
    }
    bars = {"accuracy": ">= .93", "false_differs": "<= .02"}
    notes = [] if options.cases else ["the shipped cases were at hand when the rules were written: a regression check"]
    publish("numeric_cases", metrics, n=len(rows), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


if __name__ == "__main__":
    main()
