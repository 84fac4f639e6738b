"""`python -m tests.failure.simulation --seed N`: play a seed again and tell its story. `--seeds N`: play many."""

from __future__ import annotations

import argparse
import sys
import time

from tests.failure.chaos.checkers import report
from tests.failure.simulation.scenario import run


def main() -> int:
    """Exit status 1 when a seed shows a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.failure.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="one seed, with its whole story")
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds (default 500)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (default 0)")
    asked = parser.parse_args()
    if asked.seed is not None:
        return tell(asked.seed)
    return play(range(asked.first, asked.first + asked.seeds))


def tell(seed: int) -> int:
    """Print everything one seed did, and what was wrong with it."""
    outcome = run(seed)
    print("\n".join(outcome.trace))
    print(f"\n{outcome.history.count()}, {outcome.steps} steps, {outcome.seconds:.0f} virtual seconds")
    print(report(outcome.violations, most=50) or "no violation")
    return 1 if outcome.violations else 0


def play(seeds: range) -> int:
    """Print the seeds that show a violation, and the cost of all."""
    started, broken, virtual = time.process_time(), [], 0.0
    for seed in seeds:
        outcome = run(seed)
        virtual += outcome.seconds
        if outcome.violations:
            broken.append(seed)
            print(f"seed {seed}: {outcome.violations[0]}  ({len(outcome.violations)} in all)", flush=True)
    cost = time.process_time() - started
    print(
        f"{len(seeds)} seeds, {virtual / 3600:.1f} virtual hours, {cost:.1f} s of CPU, {len(broken)} broken: {broken}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
