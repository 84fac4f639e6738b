"""How the agreement model's weights are made, and what of it holds on texts of another kind. Build time: needs SciPy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.verification.engine.agreement import LIKELY, AgreementModel
from services.verification.engine.agreement_features import MORE, NAMES, Rows, rows_of
from services.verification.engine.stance_training import NAMES as STANCES
from services.verification.engine.stance_training import StancePairs

CALM = 0.1  # strength of the ridge: the best of .001 to 1 by the mean rank over domains kept out
EACH = 840  # pairs drawn of every stance: as many as the rarest has
FLOOR = 1e-9
BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"', "-COLON-": ":"}
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Domain:
    """Pairs of one kind: counts, whether the text says what the claim says, and how much of the rest is unsettled."""

    rows: Rows
    labels: Labels
    open_share: float

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], labels: Sequence[bool], open_share: float) -> Domain:
        return cls(rows_of(pairs), np.array(labels, bool), open_share)


def read_pairs(path: Path) -> tuple[list[tuple[str, str]], list[int]]:
    """Tab-separated lines of label (entailment, not_entailment), claim and evidence, written in treebank style."""
    pairs: list[tuple[str, str]] = []
    labels: list[int] = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        label, claim, evidence = line.split("\t")[:3]
        pairs.append((claim, plain(evidence)))
        labels.append(int(label == "entailment"))
    return pairs, labels


def plain(text: str) -> str:
    """Treebank writing as people write."""
    for token, sign in BRACKETS.items():
        text = text.replace(token, sign)
    return re.sub(r"\s+([,.;:?!)\]%])|([(\[])\s+", r"\1\2", text)


def encyclopedia(path: Path) -> Domain:
    """FEVER pairs: what is not supported is contradicted."""
    pairs, labels = read_pairs(path)
    return Domain.of(pairs, [bool(each) for each in labels], 0.0)


def cited_pages(path: Path) -> Domain:
    """WiCE chunks, one JSON object a line: what is supported in part is not supported, and never contradicted."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    pairs = [(row["claim"], " ".join(row["evidence"])) for row in rows]
    return Domain.of(pairs, [row["label"] == "supported" for row in rows], 1.0)


def news(bodies: Path, stances: Path, seed: int = 0) -> Domain:
    """FNC-1, the same number of each stance: a report that only passes a headline on does not support it."""
    read = StancePairs.read(bodies, stances)
    drawn = np.random.default_rng(seed)
    chosen = [drawn.permutation(np.flatnonzero(read.labels == stance))[:EACH] for stance in sorted(STANCES.values())]
    order = np.concatenate(chosen).tolist()
    pairs = [(read.headlines[n], read.bodies[read.body_ids[n]]) for n in order]
    labels = [int(read.labels[n]) for n in order]
    rest = [each for each in labels if each != STANCES["agree"]]
    unsettled = sum(each != STANCES["disagree"] for each in rest) / len(rest)
    return Domain.of(pairs, [each == STANCES["agree"] for each in labels], unsettled)


def fit(domains: Sequence[Domain], calm: float = CALM) -> AgreementModel:
    """A ridge-held logistic regression whose counts keep their sign. Every domain, and both answers of each, weigh the
    same, so its probabilities are those of a coin-toss prior: `calibrated` sets them right."""
    rows = np.concatenate([domain.rows for domain in domains])
    wanted = np.concatenate([domain.labels for domain in domains]).astype(float)
    weight = np.concatenate([_even(domain.labels) for domain in domains])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + FLOOR
    signs = [(0.0, None) if name in MORE else (None, 0.0) for name in NAMES]
    found = _descend((rows - mean) / spread, wanted, weight / weight.mean(), signs, calm)
    weights = found[1:] / spread
    return AgreementModel(tuple(weights.tolist()), float(found[0] - weights @ mean), 1.0)


def kept_out(domains: Mapping[str, Domain]) -> dict[str, Rows]:
    """The scores of each domain by a model fitted on the others alone."""
    return {
        name: fit([other for each, other in domains.items() if each != name]).scores(domain.rows)
        for name, domain in domains.items()
    }


def calibrated(model: AgreementModel, domains: Mapping[str, Domain]) -> AgreementModel:
    """The model with its sureness set by how models of its kind did on the domain they had not seen: slope and shift are
    fitted over all domains kept out, each weighing the same, with its answers as often right as they are there."""
    scores = kept_out(domains)
    every = np.concatenate([scores[name] for name in domains])
    wanted = np.concatenate([domain.labels for domain in domains.values()]).astype(float)
    weight = np.concatenate([np.full(len(domain.labels), 1 / len(domain.labels)) for domain in domains.values()])
    shift, slope = _descend(every[:, None], wanted, weight / weight.mean(), [(0.0, None)], 0.0)
    return replace(
        model,
        weights=tuple(round(float(slope * each), 6) + 0.0 for each in model.weights),
        bias=round(float(slope * model.bias + shift), 6),
        open_share=round(float(np.mean([domain.open_share for domain in domains.values()])), 2),
    )


def trained(domains: Mapping[str, Domain]) -> AgreementModel:
    """The whole recipe. The same pairs give the same weights."""
    return calibrated(fit(list(domains.values())), domains)


def _even(labels: Labels) -> Rows:
    weights: Rows = np.where(labels, 1 / max(1, labels.sum()), 1 / max(1, (~labels).sum()))
    return weights


def _descend(
    rows: Rows, wanted: Rows, weight: Rows, signs: Sequence[tuple[float | None, float | None]], calm: float
) -> Rows:
    """Intercept and weights of the least loss within `signs`."""
    from scipy.optimize import minimize

    def loss(at: Rows) -> tuple[float, Rows]:
        score = rows @ at[1:] + at[0]
        off = weight * (1 / (1 + np.exp(-score)) - wanted) / len(wanted)
        value = (weight * (np.logaddexp(0, score) - wanted * score)).mean() + calm * (at[1:] ** 2).sum()
        return float(value), np.concatenate([[off.sum()], rows.T @ off + 2 * calm * at[1:]])

    bounds = [(None, None), *signs]
    found: Rows = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    return found


def read_domains(folder: Path) -> dict[str, Domain]:
    """The three sets as they lie below `folder`."""
    stances = folder / "stance/fnc1"
    return {
        "encyclopedia": encyclopedia(folder / "verdict/fever_pairs.tsv"),
        "cited pages": cited_pages(folder / "evidence/wice/oracle_chunks_dev.jsonl"),
        "news": news(stances / "train_bodies.csv", stances / "train_stances_numeric.csv"),
    }


def main(folder: Path, target: Path) -> None:
    """Writes the weights to `target`; prints what the whole recipe, sureness too, is worth on each domain kept out."""
    from sklearn.metrics import roc_auc_score

    domains = read_domains(folder)
    for name, domain in domains.items():
        others = {each: other for each, other in domains.items() if each != name}
        said = trained(others).probabilities(domain.rows)
        sure = said >= LIKELY
        print(
            f"{name}: {len(said)} pairs, area under the curve {roc_auc_score(domain.labels, said):.3f}, "
            f"says {said.mean():.2f}, right {domain.labels.mean():.2f}; at {LIKELY} or more: {sure.sum()} pairs, "
            f"says {said[sure].mean():.2f}, right {domain.labels[sure].mean():.2f}"
        )
    trained(domains).write(target)
