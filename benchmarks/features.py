"""Features of many permits at many dates: python benchmarks/features.py [--permits N].

The floor is the same engine merely counting, once a date, the permits applied for by then, grouped
by sponsor. Floor, features and labels run in processes of their own and in turn, so that a noisy
machine is noisy for all. Bar for the default size: 60 s and 8 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.measure import run, scratch

LAST = date(2025, 12, 31)
STEP_MONTHS, HORIZON_MONTHS = 6, 12
BAR_SECONDS, BAR_MB = 60, 8 * 1024
TASKS = ("floor", "features", "labels")


@dataclass(frozen=True)
class Size:
    """How much there is."""

    sponsors: int
    permits: int
    dates: int


def as_of_dates(count: int) -> list[date]:
    """So many dates up to the last, half a year apart."""
    from ind_risk.core.dates import months_before

    return [months_before(LAST, STEP_MONTHS * k) for k in range(count)]


def perform(task: str, folder: Path, count: int) -> int:
    """One task in this process; the number of rows it made."""
    from ind_risk.adapters.engine import Engine, write_features
    from ind_risk.adapters.feature_file import shipped_register
    from ind_risk.core.labels import label_table

    dates, out = as_of_dates(count), folder / f"{task}.out"
    with Engine() as engine:
        tables = engine.tables(folder)
        if task == "features":
            return write_features(
                engine, tables, as_of_dates=dates, register=shipped_register(), path=out
            )
        if task == "labels":
            made = label_table(
                tables, as_of_dates=dates[1:] or dates, horizon_months=HORIZON_MONTHS, cutoff=LAST
            )
            return engine.parts_to_parquet([made], out)
        rows = 0
        for day in dates:
            known = tables["permits"].filter(tables["permits"].applied_on <= day)
            counted = known.group_by("sponsor_id").agg(n=known.count())
            rows += engine.to_arrow(counted.agg(rows=counted.count()))["rows"][0].as_py()
        return rows


def child(task: str, folder: Path, count: int) -> None:
    """Perform a task after the imports and print what it took."""
    import ibis
    import pandas
    import pyarrow.parquet

    with_libraries = (ibis.duckdb, pandas, pyarrow.parquet)
    begun, processor = time.perf_counter(), time.process_time()
    rows = perform(task, folder, count)
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": time.perf_counter() - begun,
                "cpu": time.process_time() - processor,
                "peak_mb": peak_mb(),
                "libraries": len(with_libraries),
            }
        )
    )


def peak_mb() -> float:
    """The most memory this process ever held; Linux counts the parent's in `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(size: Size, *, repeats: int) -> dict[str, dict[str, float]]:
    """Medians of each task over the repeats; memory is the highest seen."""
    me = [sys.executable, str(Path(__file__).resolve())]
    seen: dict[str, list[dict[str, Any]]] = {task: [] for task in TASKS}
    with scratch() as folder:
        run([*me, "--task", "tables", "--folder", folder, *options(size)])
        for _ in range(repeats):
            for task in TASKS:
                done = run([*me, "--task", task, "--folder", folder, *options(size)])
                seen[task].append(json.loads(done.stdout))
    return {
        task: {
            "rows": results[0]["rows"],
            "seconds": statistics.median(r["seconds"] for r in results),
            "cpu": statistics.median(r["cpu"] for r in results),
            "peak_mb": max(r["peak_mb"] for r in results),
        }
        for task, results in seen.items()
    }


def options(size: Size) -> list[str]:
    """The size as a command line has it."""
    named = {"--sponsors": size.sponsors, "--permits": size.permits, "--dates": size.dates}
    return [part for name, value in named.items() for part in (name, str(value))]


def report(size: Size, *, repeats: int) -> None:
    """Print one size."""
    found = measure(size, repeats=repeats)
    floor, million = found["floor"], size.permits * size.dates / 1e6
    print(f"{size.permits:,} permits, {size.sponsors:,} sponsors, {size.dates} as-of dates")
    for task, made in found.items():
        print(
            f"  {task:<9} {made['seconds']:7.2f} s  {made['cpu']:7.2f} s processor  "
            f"{made['seconds'] / million:6.3f} s a million permit-dates  "
            f"{made['seconds'] / floor['seconds']:5.1f} floors "
            f"({made['cpu'] / floor['cpu']:.1f} by processor time)  "
            f"peak {made['peak_mb']:,.0f} MB  {made['rows']:,.0f} rows"
        )
    if size == Size(1_000_000, 10_000_000, 12):
        made = found["features"]
        met = made["seconds"] <= BAR_SECONDS and made["peak_mb"] <= BAR_MB
        print(f"  bar of {BAR_SECONDS} s and {BAR_MB:,} MB {'met' if met else 'MISSED'}")


def main() -> None:
    """Print the size of the default world, then the given one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--permits", type=int, default=10_000_000)
    parser.add_argument("--sponsors", type=int, default=1_000_000)
    parser.add_argument("--dates", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--task", choices=("tables", *TASKS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    size = Size(given.sponsors, given.permits, given.dates)
    if given.task == "tables":
        from benchmarks.feature_tables import write_tables

        write_tables(given.folder, sponsors=size.sponsors, permits=size.permits)
    elif given.task:
        child(given.task, given.folder, size.dates)
    else:
        for one in (Size(10_000, 100_000, 10), size):
            report(one, repeats=given.repeats)


if __name__ == "__main__":
    main()
