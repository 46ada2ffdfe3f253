"""What the gate decides on each world, over ten seeds: python benchmarks/verdicts.py [--seeds N].

`audited` should open; `letter`, `biased` and `drifted` should stay closed, each for its own reason.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measure import ind_risk, scratch

WORLDS = ("audited", "letter", "biased", "drifted", "broken_assumption", "inspectors")
GREEN = {"equivalent", "established"}


def red_checks(result: dict[str, Any]) -> list[str]:
    """Names of the checks with at least one finding that is not green, worst verdict first."""
    red: dict[str, Counter[str]] = {}
    for finding in result["findings"]:
        if finding["required"] and finding["verdict"] not in GREEN:
            red.setdefault(finding["check"], Counter())[finding["verdict"]] += 1
    return [f"{c} ({', '.join(f'{n} {v}' for v, n in k.items())})" for c, k in sorted(red.items())]


def main() -> None:
    """Print one line a run and one a world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=100, help="first seed")
    parser.add_argument("--worlds", nargs="*", default=WORLDS[:4])
    given = parser.parse_args()
    table: dict[str, Counter[str]] = {}
    for world in given.worlds:
        table[world] = Counter()
        for seed in range(given.first, given.first + given.seeds):
            with scratch() as folder:
                result, _ = ind_risk(
                    "run", "--world", world, "--seed", str(seed), home=Path(folder) / "home"
                )
            table[world][result["decision"]] += 1
            for check in red_checks(result):
                table[world][check.split(" ")[0]] += 1
            print(
                f"{world} {seed}: {result['decision']}; {'; '.join(red_checks(result))}", flush=True
            )
    print("\nworld                open closed  red checks (runs)")
    for world, counts in table.items():
        checks = [f"{k} {v}" for k, v in counts.items() if k not in ("open", "closed")]
        print(f"{world:<20} {counts['open']:>4} {counts['closed']:>6}  {', '.join(checks)}")


if __name__ == "__main__":
    main()
