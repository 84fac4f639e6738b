"""Pairs of claims that look alike: is another number, date, name or negation told from the same claim in other words?"""

from __future__ import annotations

from services.verification.engine.comparison import compare_claims
from services.verification.model import Sameness
from shared.retrieval.encoder import DEFAULT_FOLDER, Encoder, ensure_encoder
from tests.bench.cases import per_kind, rate, read_cases
from tests.bench.report import Figure, arguments, publish


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--cases", help="csv: id,a,b,expected (same or different),kind; the shipped cases by default")
    parser.add_argument("--encoder", default=str(DEFAULT_FOLDER), help="folder of the sentence encoder")
    parser.add_argument("--show", action="store_true", help="print every wrong answer")
    options = parser.parse_args()
    rows = read_cases(options.cases, "match_traps.csv", ("a", "b", "expected"))
    ensure_encoder(options.encoder)
    vectors = Encoder(options.encoder).encode([row[side] for row in rows for side in ("a", "b")])
    near = (vectors[0::2] * vectors[1::2]).sum(axis=1)
    found = [compare_claims(row["a"], row["b"], float(near[n])) for n, row in enumerate(rows)]
    same = [comparison.sameness is Sameness.SAME for comparison in found]
    wanted = [row["expected"] == "same" for row in rows]
    if options.show:
        for n, row in enumerate(rows):
            if same[n] != wanted[n]:
                print(
                    f"{row['expected']:9} {row.get('kind', '')} {near[n]:.2f} | {row['a']} | {row['b']} | {found[n].explanation}"
                )
    metrics: dict[str, Figure | float] = {
        "false_match_rate": rate([s for s, w in zip(same, wanted, strict=True) if not w], options.seed),
        "true_match_rate": rate([s for s, w in zip(same, wanted, strict=True) if w], options.seed),
        **per_kind(rows, lambda n: same[n] == wanted[n]),
    }
    bars = {"false_match_rate": "<= .03 (.02)", "true_match_rate": ">= .85 (.90)"}
    notes = [] if options.cases else ["the shipped cases were at hand when the rules were written: a regression check"]
    publish("match_traps", metrics, n=len(rows), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


if __name__ == "__main__":
    main()
