"""How labels came to be seen, as a table for people that gives no small count away.

Hiding a small count is not enough: a total gives it back. So whole rows are hidden together.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SEEN_BY = ("random", "risk_model", "signal", "theme", "reinspection", "none")
INSPECTED = range(len(SEEN_BY) - 1)
NONE = len(SEEN_BY) - 1
LABELS = ("compliant", "non_compliant", "unobserved")
COLUMNS = ("as_of", "seen_by", *LABELS, "total", "share")
ALL = "all"
HIDDEN = "hidden"


def provenance_table(labels: pd.DataFrame, *, minimum_count: int) -> pd.DataFrame:
    """Count labels by as-of date, route and outcome.

    A count from 1 to minimum_count − 1 reads "<10" (for 10). Its row then hides its other counts,
    its total and its share, and so does at least one further row, chosen so that least is hidden
    and that every "<10" may still be any of its values for whoever adds and subtracts what is
    shown (see `_safe`). Where no choice of rows does that, the totals per outcome are hidden too;
    where that does not do either, the whole date is.

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
        for line in _block(block, minimum_count)
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
        text += f'\n\n"{HIDDEN}": would, with the totals, give a smaller count away.'
    return text


def _block(counts: NDArray[np.int64], minimum: int) -> list[list[str]]:
    """The rows of one as-of date, `ALL` last."""
    rows, totals_shown = _hidden_rows(counts, minimum)
    everything = rows is None
    whole, total = counts.sum(axis=0), int(counts.sum())
    lines = []
    for r, name in enumerate(SEEN_BY):
        cells = [str(v) for v in counts[r]]
        end = [str(counts[r].sum()), _share(int(counts[r].sum()), total)]
        if everything:
            cells, end = [HIDDEN] * len(LABELS), [HIDDEN] * 2
        elif rows is not None and r in rows:
            hidden_sums = counts[sorted(rows)].sum(axis=0)
            cells = [
                _masked(int(v), minimum, known_zero=_known_zero(r, c, totals_shown, hidden_sums))
                for c, v in enumerate(counts[r])
            ]
            end = [HIDDEN, HIDDEN]
        lines.append([name, *cells, *end])
    sums = [str(v) for v in whole] if totals_shown else [HIDDEN] * len(LABELS)
    end = [HIDDEN, HIDDEN] if everything else [str(total), _share(total, total)]
    return [*lines, [ALL, *sums, *end]]


def _known_zero(row: int, column: int, totals_shown: bool, hidden_sums: NDArray[np.int64]) -> bool:
    """Whether anybody can tell that the cell is 0: nothing was found where nobody looked."""
    nobody_looked = row == NONE and LABELS[column] != "unobserved"
    return nobody_looked or (totals_shown and hidden_sums[column] == 0)


def _masked(value: int, minimum: int, *, known_zero: bool) -> str:
    if known_zero:
        return "0"
    return f"<{minimum}" if 0 < value < minimum else HIDDEN


def _share(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %" if total else "–"


def _hidden_rows(counts: NDArray[np.int64], minimum: int) -> tuple[frozenset[int] | None, bool]:
    """Which rows to hide (None: everything) and whether the totals per outcome may be shown."""
    small = (counts > 0) & (counts < minimum)
    must = frozenset(np.flatnonzero(small.any(axis=1)).tolist())
    if not must:
        return must, True
    inspected = [r for r in INSPECTED if r not in must]
    choices = [
        must | set(more) for k in range(len(inspected) + 1) for more in combinations(inspected, k)
    ]
    safe = [rows for rows in choices if _safe(counts, rows, minimum)]
    if safe:
        return min(safe, key=lambda rows: (int(counts[sorted(rows)].sum()), sorted(rows))), True
    for rows in (must | set(INSPECTED), frozenset(range(len(SEEN_BY)))):
        if _safe_without_totals(counts, rows, minimum):
            return rows, False
    return None, False


def _safe(counts: NDArray[np.int64], rows: frozenset[int] | set[int], minimum: int) -> bool:
    """Whether hiding these rows protects their small counts though the totals are shown.

    Row totals are hidden, so the only equations left are one an outcome: the hidden counts of a
    column add up to a known sum. A "<10" there is protected if the column also hides a count of at
    least 2 · minimum: it can give or take up to minimum − 2 and still be no small count. Two hidden
    routes leave every other sum open.
    """
    if len(rows - {NONE}) < 2:
        return False
    hidden = counts[sorted(rows)]
    small = ((hidden > 0) & (hidden < minimum)).any(axis=0)
    large = (hidden >= 2 * minimum).any(axis=0)
    return bool((large | ~small).all())


def _safe_without_totals(
    counts: NDArray[np.int64], rows: frozenset[int] | set[int], minimum: int
) -> bool:
    """The same where one equation is left: all hidden counts add up to a known sum."""
    return bool((counts[sorted(rows)] >= 2 * minimum).any())
