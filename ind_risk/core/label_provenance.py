"""How labels came to be seen, as a table for people that gives no small count away.

Hiding a small count is not enough: a total would give it back. So more is hidden with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SEEN_BY = ("random", "risk_model", "signal", "theme", "reinspection", "none")
LABELS = ("compliant", "non_compliant", "unobserved")
COLUMNS = ("as_of", "seen_by", *LABELS, "total", "share")
ALL = "all"
HIDDEN = "hidden"


def provenance_table(labels: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """Count labels by as-of date, route and outcome.

    A count from 1 to minimum_count − 1 reads "<10" (for 10), and the total of its route "hidden".
    Where sums would still give it back, further counts are hidden, then totals, then the whole
    date: as little as leaves at least half the values possible that "<10" allows. A minimum of 2
    counts as 3, for "<2" would say 1.

    Args:
        labels: as made by `label_table`: as_of, selection, label.
        minimum_count: smallest count that may be shown, at least 1.

    Returns:
        Texts: as_of, seen_by, compliant, non_compliant, unobserved, total, share (of the sponsors
        of that date). Per as-of date a row for each route, one for none and one for all.

    Raises:
        IndRiskError: on a route or label that the contract does not know.
    """
    import pandas as pd

    routes = labels["selection"].astype(object).where(labels["selection"].notna(), "none")
    outcomes = labels["label"].astype(object).where(labels["label"].notna(), "unobserved")
    for values, known in ((routes, SEEN_BY), (outcomes, LABELS)):
        if strange := sorted(set(values.unique()) - set(known)):
            raise IndRiskError(
                f"The labels hold {strange[0]!r}; known are {', '.join(known)}. Make labels again."
            )
    dates, days = pd.factorize(pd.to_datetime(labels["as_of"]), sort=True)
    if (dates < 0).any():
        raise IndRiskError(
            f"{int((dates < 0).sum())} labels have no as-of date; make labels again."
        )
    counts = np.zeros((len(days), len(SEEN_BY), len(LABELS)), dtype=np.int64)
    row = pd.Categorical(routes, categories=SEEN_BY).codes
    column = pd.Categorical(outcomes, categories=LABELS).codes
    np.add.at(counts, (dates, row, column), 1)
    texts = [
        [f"{day:%Y-%m-%d}", *line]
        for day, block in zip(days, counts, strict=True)
        for line in _block(block, minimum_count if minimum_count < 2 else max(minimum_count, 3))
    ]
    return pd.DataFrame(texts, columns=list(COLUMNS), dtype=object)


def provenance_markdown(table: pd.DataFrame) -> str:
    """The table as Markdown, numbers to the right, with a line on what is hidden."""
    head = [
        "| " + " | ".join(str(c).replace("_", " ") for c in table.columns) + " |",
        "|" + "|".join("---" if i < 2 else "---:" for i in range(table.shape[1])) + "|",
    ]
    rows = ["| " + " | ".join(map(str, line)) + " |" for line in table.to_numpy().tolist()]
    text = "\n".join(head + rows)
    if (table == HIDDEN).any(axis=None):
        text += f'\n\n"{HIDDEN}": with the other numbers it would give a small count away.'
    return text


@dataclass(frozen=True)
class _Plan:
    """What of one as-of date is hidden: cells (routes × labels), totals per label, or all of it."""

    cells: NDArray[np.bool_]
    totals: NDArray[np.bool_]
    everything: bool = False


def _block(counts: NDArray[np.int64], minimum: int) -> list[list[str]]:
    """The rows of one as-of date, `ALL` last."""
    plan, total = _plan(counts, minimum), int(counts.sum())
    if plan.everything:
        return [[name, *[HIDDEN] * (len(COLUMNS) - 2)] for name in (*SEEN_BY, ALL)]
    small = f"<{minimum}"
    lines = []
    for name, values, hidden in zip(SEEN_BY, counts.tolist(), plan.cells.tolist(), strict=True):
        masks = [small if 0 < v < minimum else HIDDEN for v in values]
        cells = [m if h else str(v) for v, m, h in zip(values, masks, hidden, strict=True)]
        end = [HIDDEN, HIDDEN] if any(hidden) else [str(sum(values)), _share(sum(values), total)]
        lines.append([name, *cells, *end])
    sums = zip(counts.sum(axis=0).tolist(), plan.totals.tolist(), strict=True)
    whole = [HIDDEN if hidden else str(v) for v, hidden in sums]
    return [*lines, [ALL, *whole, str(total), _share(total, total)]]


def _share(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %" if total else "–"


def _plan(counts: NDArray[np.int64], minimum: int) -> _Plan:
    """Hide least, column by column; where a column cannot be made safe, with its total.

    The totals of routes with a hidden count are hidden, so the equations left are one a label:
    its hidden counts add up to a known sum. Columns therefore do not bear on each other. Of labels
    whose total is hidden too (always two or more, or the total of all would give it back), only the
    sum of all their hidden counts is known.
    """
    small = (counts > 0) & (counts < minimum)
    cells, stuck = small.copy(), []
    for column in range(len(LABELS)):
        one = np.zeros_like(small)
        one[:, column] = True
        found = _cheapest(counts, cells & one, one, minimum)
        if found is None:
            stuck.append(column)
        else:
            cells |= found
    totals = np.zeros(len(LABELS), dtype=bool)
    if not stuck:
        return _Plan(cells, totals)
    best = _cheapest(counts, cells, np.ones_like(small), minimum, stuck=stuck)
    if best is None or counts.sum() < minimum:
        return _Plan(cells, totals, everything=True)
    totals[stuck] = True
    totals |= (best & ~cells).any(axis=0)
    return _Plan(cells | best, totals)


def _cheapest(
    counts: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    where: NDArray[np.bool_],
    minimum: int,
    *,
    stuck: Sequence[int] = (),
) -> NDArray[np.bool_] | None:
    """The hidden cells and at most two more that protect them, with the least sum; None if none do.

    With `stuck` columns, the sum is taken over these and the columns of the added cells.
    """
    best, least = None, np.inf
    free = np.argwhere((counts >= minimum) & where & ~hidden)
    for k in range(3):
        for more in combinations(free, k):
            mask = hidden.copy()
            for row, column in more:
                mask[row, column] = True
            if stuck:
                touched = sorted({*stuck, *(int(column) for _, column in more)})
                if len(touched) < 2:
                    continue
                mask[:, [c for c in range(len(LABELS)) if c not in touched]] = False
            if counts[mask].sum() < least and _protects(counts[mask], minimum):
                best, least = mask, counts[mask].sum()
    return best


def _protects(values: NDArray[np.int64], minimum: int) -> bool:
    """Whether counts of which only the sum is known keep half of what "<minimum" allows, or more.

    A small count may be 1 … minimum − 1, any other hidden one at least minimum. The sum itself must
    not be small either.
    """
    small = values[values < minimum]
    k, total = len(small), int(small.sum())
    if k == 0:
        return True
    spare = int((values[values >= minimum] - minimum).sum())
    low = 1 if k < len(values) else max(1, total - (k - 1) * (minimum - 1))
    high = min(minimum - 1, total - (k - 1) + spare)
    return int(values.sum()) >= minimum and high - low + 1 >= minimum // 2
