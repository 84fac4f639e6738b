"""What the machine suggests about claims whose evidence is given, how often it is right, and when it abstains.

The product's own assessment and policy decide. Beside every accuracy stands a control that never sees the evidence: a
classifier of the claim's words alone, refitted out of fold on the very labels it is scored on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.verification.engine.agreement import shipped_agreement
from services.verification.engine.assessing import Found, assess
from services.verification.engine.leaning import Leaning, leaning
from services.verification.model import Claim, Evidence, Origin, PolicySettings, StageStatus
from tests.bench.report import Figure, arguments, bootstrap, could_not_measure, input_path, publish
from tests.bench.verdict_sets import (
    CONFLICTING,
    DEFAULTS,
    OPEN,
    READERS,
    REFUTED,
    UNSUPPORTED,
    LabelledClaim,
    read_set,
)

SHARE = 0.3
CURVE = (0.05, 0.1, 0.2, 0.5, 1.0)  # how often the surest share would be right, were it shown
FOLDS = 5
BINS = 10


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help="claims with their evidence and label")
    parser.add_argument("--format", choices=sorted(READERS), default="climate_fever", dest="form")
    options = parser.parse_args()
    path = input_path(options.data, DEFAULTS[options.form])
    try:
        claims = read_set(path, options.form)
    except (KeyError, ValueError, IndexError, TypeError) as problem:
        could_not_measure(f"unexpected rows: {problem}")
    if not claims:
        could_not_measure("no claim")
    leanings = [lean(each) for each in claims]
    metrics = figures(claims, leanings, options.seed)
    bars = {
        "wrong_refuted_rate": "<= .03",
        "accuracy_at_30": "claim_only_control + .03",
        "coverage": ">= .10",
        "ece": "<= .07",
    }
    notes = [
        f"{options.form}, evidence as given; claim_only_control: claim words alone, {FOLDS} folds, its surest 30 %",
        "sureness: set on FEVER, WiCE and FNC-1, each scored by weights of the other two; never on what is scored here",
        "ece: of what is suggested; ece_of_leanings: of every claim with evidence, shown or not",
        "two-class sets: what is not supported may be refuted or only not shown, either answer counts",
    ]
    publish("verdict", metrics, n=len(claims), seed=options.seed, bars=bars, notes=notes, only_json=options.json)


def lean(row: LabelledClaim) -> Leaning:
    """The product's assessment of a claim on this evidence, without an archive and without plug-ins."""
    claim = Claim("c", row.claim, "h")
    sources = [
        Evidence(f"e{n}", words, publisher=publisher or f"source {n}", origin=Origin.UPLOADED)
        for n, (publisher, words) in enumerate(row.evidence)
        if words.strip()
    ]
    status = (StageStatus.FOUND, "as given") if sources else (StageStatus.NOTHING, "none given")
    model = shipped_agreement()
    found = Found(sources=sources, retrieval=status, agreement=model)
    agreed = model.agreed(row.claim, [item.text for item in sources])
    return leaning(assess(claim, found, PolicySettings()), agreed)


def right(said: str, label: str) -> bool:
    return said in (REFUTED, OPEN) if label == UNSUPPORTED else said == label


def figures(claims: Sequence[LabelledClaim], leanings: Sequence[Leaning], seed: int) -> dict[str, Figure | float]:
    """Rates over all claims; accuracies over those the suggestion, or the surest share, covers."""
    n = len(claims)
    suggests = np.array([each.suggests for each in leanings])
    correct = np.array([right(each.side, row.label) for each, row in zip(leanings, claims, strict=True)], float)
    sure = np.array([each.confidence for each in leanings])
    wrong = np.array(
        [each.suggests and each.side == REFUTED and not right(REFUTED, row.label)
         for each, row in zip(leanings, claims, strict=True)], float
    )  # fmt: skip
    disputed = np.array([row.label == CONFLICTING for row in claims])
    met = np.array([each.suggests and each.side == CONFLICTING for each in leanings], float)
    control_right, control_sure = claim_only([row.claim for row in claims], [row.label for row in claims], seed)
    metrics: dict[str, Figure | float] = {
        "coverage": bootstrap(lambda rows: float(suggests[rows].mean()), n, seed=seed),
        "accuracy": bootstrap(lambda rows: _mean(correct[rows][suggests[rows]]), n, seed=seed),
        "accuracy_at_30": bootstrap(lambda rows: _surest(correct[rows], sure[rows]), n, seed=seed),
        "claim_only_control": bootstrap(lambda rows: _surest(control_right[rows], control_sure[rows]), n, seed=seed),
        "claim_only_all": bootstrap(lambda rows: float(control_right[rows].mean()), n, seed=seed),
        "wrong_refuted_rate": bootstrap(lambda rows: float(wrong[rows].mean()), n, seed=seed),
        "conflicting_recall": bootstrap(lambda rows: _mean(met[rows][disputed[rows]]), n, seed=seed),
        "ece": ece(sure[suggests], correct[suggests]),
        "ece_of_leanings": ece(sure[sure > 0], correct[sure > 0]),
    }
    for share in CURVE:
        metrics[f"accuracy_at_{round(share * 100)}"] = _surest(correct, sure, share)
    for side in ("supported", "refuted", "conflicting"):
        metrics[f"suggested.{side}"] = float(np.mean([each.suggests and each.side == side for each in leanings]))
    return metrics


def claim_only(
    texts: Sequence[str], labels: Sequence[str], seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Whether a classifier that reads the claim alone is right, and how sure it is; equal claims share a fold."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    wanted = np.array(labels)
    distinct = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    drawn = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    fold = np.array([drawn[distinct[text]] for text in texts])
    correct, sure = np.zeros(len(texts)), np.zeros(len(texts))
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        model = LogisticRegression(C=4.0, max_iter=1000)
        model.fit(words.fit_transform([texts[n] for n in train.tolist()]), wanted[train])
        shares = model.predict_proba(words.transform([texts[n] for n in test.tolist()]))
        said = np.asarray(model.classes_)[shares.argmax(axis=1)]
        correct[test] = said == wanted[test]
        sure[test] = shares.max(axis=1)
    return correct, sure


def ece(sure: npt.NDArray[np.float64], correct: npt.NDArray[np.float64]) -> float:
    """Expected calibration error of the suggestions over equal-width bins; 0 without any."""
    if not len(sure):
        return 0.0
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [(bins == b).mean() * abs(sure[bins == b].mean() - correct[bins == b].mean()) for b in set(bins.tolist())]
    return float(sum(gaps))


def _surest(correct: npt.NDArray[np.float64], sure: npt.NDArray[np.float64], share: float = SHARE) -> float:
    chosen = np.argsort(-sure, kind="stable")[: max(1, round(share * len(sure)))]
    return float(correct[chosen].mean())


def _mean(values: npt.NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0


if __name__ == "__main__":
    main()
