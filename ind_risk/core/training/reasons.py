"""Why a sponsor ranks where it does, in terms an inspector can check and a sponsor can contest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ind_risk.core.errors import NotFound
from ind_risk.core.training.encoding import Feature, categories_of, design, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

TOP = 3
SMALLEST_EFFECT = 1e-9  # in log-odds; less is no reason
_CELLS_AT_ONCE = 200_000


class Explained(Protocol):
    """A model that gives log-odds."""

    def decision_function(self, frame: pd.DataFrame, /) -> NDArray[np.float64]:
        """Calibrated log-odds, shape (rows,)."""
        ...


def reasons(
    model: Explained,
    *,
    features: pd.DataFrame,
    listed: Sequence[str],
    specs: Sequence[Feature],
    top: int = TOP,
) -> pd.DataFrame:
    """The strongest reasons why each listed sponsor scores above a typical one.

    A feature's effect is the drop in log-odds when it alone is set to what is typical of the
    population: the median, the commonest category, or missing where most are missing. Features
    that speak against the rank are left out, so a sponsor may have fewer than `top` reasons.

    Args:
        model: a trained candidate or a loaded model.
        features: of the whole population at one as-of date: sponsor_id and every feature.
        listed: sponsor_ids to explain.
        specs: the registered features.
        top: reasons a sponsor at most.

    Returns:
        sponsor_id, reason (1 = strongest), feature, value (text, None if missing), definition,
        effect (log-odds); in order of sponsor_id and reason.

    Raises:
        NotFound: if a listed sponsor has no features.
    """
    import numpy as np
    import pandas as pd

    numbers, categories = numbers_of(specs), categories_of(specs)
    ids = sorted(set(listed))
    population = features.sort_values("sponsor_id", ignore_index=True)
    rows = population[population["sponsor_id"].isin(ids)].reset_index(drop=True)
    if missing := sorted(set(ids) - set(rows["sponsor_id"])):
        raise NotFound(f"Sponsor {missing[0]!r} has no features at this date; is it recognised?")
    frame = design(rows, numbers, categories)
    names = list(frame.columns)
    typical = _typical(design(population, numbers, categories))
    effect = _drops(model, frame, typical)
    order = np.argsort(-effect, axis=1, kind="stable")[:, :top]
    strength = np.take_along_axis(effect, order, axis=1)
    row, place = np.nonzero(strength > SMALLEST_EFFECT)
    chosen = order[row, place]
    definition = {s.name: s.definition for s in specs}
    feature = pd.Series(np.array(names, dtype=object)[chosen], dtype=object)
    value = _texts(rows, names)[row, chosen] if len(row) else np.array([], dtype=object)
    columns: dict[str, Any] = {
        "sponsor_id": rows["sponsor_id"].to_numpy()[row], "reason": place + 1,
        "feature": feature, "value": value, "definition": feature.map(definition),
        "effect": strength[row, place],
    }  # fmt: skip
    return pd.DataFrame(columns)


def importances(
    model: Explained, frame: pd.DataFrame, specs: Sequence[Feature], *, seed: int, rows: int = 1000
) -> dict[str, float]:
    """How much each feature moves the log-odds; shares that sum to 1 (all 0 if nothing moves).

    The standard deviation of the change when one feature's values are shuffled among rows
    (one repeat; after Fisher, Rudin and Dominici, 2019, but on the score, so without labels).

    Args:
        model: a fitted model.
        frame: as `encoding.design` gives it, rows in key order.
        specs: the registered features.
        seed: of the choice of rows and the shuffle.
        rows: use at most so many.
    """
    import numpy as np

    if len(frame) == 0:
        return {s.name: 0.0 for s in specs}
    rng = np.random.default_rng(seed)
    picked = np.sort(rng.permutation(len(frame))[:rows])
    sample = frame.iloc[picked].reset_index(drop=True)
    shuffled = sample.iloc[rng.permutation(len(sample))].reset_index(drop=True)
    moved = _drops(model, sample, {name: shuffled[name].to_numpy() for name in sample.columns})
    spread = moved.std(axis=0)
    share = spread / spread.sum() if spread.sum() > 0 else spread
    by_name = dict(zip(sample.columns, share.tolist(), strict=True))
    return {s.name: float(by_name[s.name]) for s in specs}


def _drops(model: Explained, frame: pd.DataFrame, other: dict[str, Any]) -> NDArray[np.float64]:
    """Log-odds minus log-odds with one column replaced; shape (rows, columns)."""
    import numpy as np
    import pandas as pd

    base = model.decision_function(frame)
    names, drops = list(frame.columns), np.zeros((len(frame), frame.shape[1]))
    step = max(1, _CELLS_AT_ONCE // max(1, len(frame)))
    for start in range(0, len(names) if len(frame) else 0, step):
        some = names[start : start + step]
        stacked = pd.concat([frame.assign(**{n: other[n]}) for n in some], ignore_index=True)
        values = model.decision_function(stacked).reshape(len(some), len(frame))
        drops[:, start : start + len(some)] = (base - values).T
    return drops


def _typical(frame: pd.DataFrame) -> dict[str, Any]:
    import numpy as np

    typical: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object:
            counts = column.value_counts()
            typical[name] = min(counts.index[counts == counts.max()]) if len(counts) else None
        else:
            typical[name] = np.nan if column.isna().mean() > 0.5 else column.median()
    return typical


def _texts(rows: pd.DataFrame, names: Sequence[str]) -> NDArray[np.object_]:
    """Values as people read them, None where missing; shape (rows, names)."""
    import numpy as np

    columns = []
    for name in names:
        column = rows[name]
        if column.dtype.kind == "f":
            shown = column.map(_number).astype(object)
        else:
            shown = column.astype(str).astype(object)
        columns.append(shown.where(column.notna(), None).to_numpy(dtype=object))
    return np.column_stack(columns)


def _number(value: float) -> str:
    """Whole numbers whole, others with four digits."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.4g}"
