"""A whole `ind-risk run`, in import floors: python benchmarks/lifecycle.py [--data DIR] [--large].

The floor is what one new process needs to import dagster, mlflow.sklearn, great_expectations and
sklearn.ensemble. Floor and run alternate, so that a noisy machine is noisy for both. With --large
also ten times the sponsors; with --data also that folder and ten times its organisations (every
organisation nine times more, under new keys), the sizes on which Triage 6.0 was measured at about
5 and 43 floors.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measure import Measured, import_floor, ind_risk, scratch
from benchmarks.replicate import replicate

REPEATS = 3


def alternate(label: str, *arguments: str, repeats: int = REPEATS) -> tuple[float, Measured]:
    """Median floors and the last measurement of one kind of run."""
    floors, runs, shares = [], [], []
    for _ in range(repeats):
        floors.append(import_floor())
        with scratch() as folder:
            result, measured = ind_risk("run", *arguments, home=Path(folder) / "home")
        runs.append(measured.seconds)
        shares.append(result["timings"]["dagster"] / measured.seconds)
    floor, seconds = statistics.median(floors), statistics.median(runs)
    stages = {k: v for k, v in result["timings"].items() if k != "total"}
    print(
        f"{label:<34} {seconds / floor:5.2f} floors  ({seconds:.1f} s, floor {floor:.1f} s; "
        f"Dagster {statistics.median(shares):.0%}; peak so far {measured.peak_mb:.0f} MB)"
    )
    print("    " + ", ".join(f"{k} {v:.1f}" for k, v in stages.items()))
    return floor, Measured(seconds, measured.peak_mb, "")


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--large", action="store_true")
    given = parser.parse_args()
    import_floor()  # warm the file cache
    floor, default = alternate("default world", "--world", "audited", "--seed", "1")
    if given.large:
        _, ten = alternate(
            "ten times the sponsors", "--world", "audited", "--sponsors", "100000", repeats=1
        )
        ratio = (ten.seconds - floor) / (default.seconds - floor)
        print(f"ten times the data costs {ratio:.1f} times the time beyond the floor (bar: 8)")
    if given.data:
        alternate("given tables (Triage: about 5)", "--data", str(given.data))
        with scratch() as folder:
            replicate(given.data, Path(folder), times=10)
            alternate("ten times (Triage: about 43)", "--data", folder, repeats=1)


if __name__ == "__main__":
    main()
