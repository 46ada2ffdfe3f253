"""Whether a score of ten per cent means ten in a hundred: scores against what random checks saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.dossier.plots.style import (
    BLUE,
    MINIMUM_COUNT,
    QUIET,
    VERMILLION,
    Plot,
    finish,
    head,
    panel,
    percent,
    sheet,
    styled,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

TITLE = "Scores against what random inspections found"
MOST_BINS, LEAST_IN_BIN = 10, 30
ALPHA = 0.05


@dataclass(frozen=True)
class Bins:
    """Bins of score; every field of shape (bins,).

    Args:
        n: inspections.
        predicted: weighted mean score.
        observed: weighted share non-compliant.
        low, high: 95 % Wilson interval of the share.
    """

    n: NDArray[np.int64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def apart(self) -> NDArray[np.bool_]:
        """Where the interval leaves out the mean score."""
        outside: NDArray[np.bool_] = (self.predicted < self.low) | (self.predicted > self.high)
        return outside


@styled()
def reliability(judged: pd.DataFrame, *, minimum: int = MINIMUM_COUNT) -> Plot:
    """Observed rate of non-compliance by quantile of score, on the random arm only.

    Args:
        judged: one row a sponsor: score, audit_label ('compliant', 'non_compliant'; anything else
            is not seen), audit_inclusion_probability in (0, 1]; other columns are not looked at.
        minimum: a bin has at least so many inspections.
    """
    seen = _seen(judged)
    if len(seen) == 0:
        return panel(TITLE, "There are no random inspections with an outcome to compare with.")
    if len(seen) < minimum:
        return panel(TITLE, f"Fewer than {minimum} random inspections have an outcome: not shown.")
    bins = binned(seen, minimum=minimum)
    figure, axes = sheet(height=4.2)
    _draw(axes, bins)
    per_bin = (
        f"{bins.n.min()}" if bins.n.min() == bins.n.max() else f"{bins.n.min()}–{bins.n.max()}"
    )
    head(
        figure,
        TITLE,
        f"{len(seen):,} inspections, {per_bin} a bin, weighted by inclusion probability; "
        "95 % Wilson intervals",
    )
    return finish(figure, _alt(bins, seen))


def binned(seen: pd.DataFrame, *, minimum: int) -> Bins:
    """Quantile bins of score, with equal scores kept together; rates as the findings have them.

    Args:
        seen: score, y (0 or 1), w; shape (n,), n >= minimum.
        minimum: bins with fewer are joined with the one below.
    """
    import numpy as np

    from ind_risk.core.accuracy.rates import quantile, weighted_rate, wilson

    score, y, w = (seen[c].to_numpy(dtype=np.float64) for c in ("score", "y", "w"))
    bins = max(1, min(MOST_BINS, len(score) // max(LEAST_IN_BIN, minimum)))
    inner = np.unique(np.quantile(score, np.arange(1, bins) / bins))
    place = _joined(np.searchsorted(inner, score, side="left"), minimum)
    members = [place == number for number in range(int(place.max()) + 1)]
    rates = [r for m in members if (r := weighted_rate(y[m], w[m])) is not None]
    found = [wilson(r, z=quantile(ALPHA / 2, r.effective)) for r in rates]
    return Bins(
        n=np.bincount(place),
        predicted=np.bincount(place, w * score) / np.bincount(place, w),
        observed=np.array([f.estimate for f in found]),
        low=np.array([f.low for f in found]),
        high=np.array([f.high for f in found]),
    )


def _seen(judged: pd.DataFrame) -> pd.DataFrame:
    """Score, y and w = 1/p of the rows with an outcome, a score and a probability."""
    import numpy as np
    import pandas as pd

    labels = judged["audit_label"]
    score = judged["score"].to_numpy(dtype=np.float64, na_value=np.nan)
    p = judged["audit_inclusion_probability"].to_numpy(dtype=np.float64, na_value=np.nan)
    usable = labels.isin(["compliant", "non_compliant"]).to_numpy() & np.isfinite(score)
    usable &= (p > 0) & (p <= 1)
    y = labels[usable].eq("non_compliant").to_numpy(dtype=np.float64)
    return pd.DataFrame({"score": score[usable], "y": y, "w": 1 / p[usable]})


def _joined(place: NDArray[np.intp], minimum: int) -> NDArray[np.intp]:
    """Bins renumbered from 0, each of at least `minimum`; the last joins the one before it."""
    import numpy as np

    counts = np.bincount(place)
    number = np.zeros(len(counts), dtype=np.intp)
    current, held = 0, 0
    for old, n in enumerate(counts.tolist()):
        number[old] = current
        held += n
        if held >= minimum:
            current, held = current + 1, 0
    if held:
        number[number == current] = max(0, current - 1)
    return number[place]


def _draw(axes: Axes, bins: Bins) -> None:
    right = 1.15 * float(bins.predicted.max())
    top = 1.08 * float(max(bins.high.max(), bins.predicted.max()))
    axes.plot([0, top], [0, top], color=QUIET, linewidth=1.2, linestyle="--", label="as predicted")
    kinds: tuple[tuple[Any, str, str, str], ...] = (
        (~bins.apart, BLUE, "o", "interval holds the prediction"),
        (bins.apart, VERMILLION, "s", "interval leaves it out"),
    )
    for chosen, colour, marker, label in kinds:
        if chosen.any():
            x, y = bins.predicted[chosen], bins.observed[chosen]
            spread = (y - bins.low[chosen], bins.high[chosen] - y)
            axes.errorbar(
                x, y, yerr=spread, fmt=marker, color=colour, markersize=6, capsize=3, label=label
            )
    axes.set_xlim(0, right)
    axes.set_ylim(0, top)
    axes.set_xlabel("mean score of the bin")
    axes.set_ylabel("observed share non-compliant")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.grid(visible=True)
    axes.legend(loc="upper left")


def _alt(bins: Bins, seen: pd.DataFrame) -> str:
    total = float(seen["w"].sum())
    predicted = float((seen["w"] * seen["score"]).sum()) / total
    observed = float((seen["w"] * seen["y"]).sum()) / total
    holds = int((~bins.apart).sum())
    return (
        f"On {len(seen):,} random inspections {percent(predicted)} non-compliance was predicted "
        f"and {percent(observed)} found. In {holds} of {len(bins.n)} bins of score, each of at "
        f"least {bins.n.min()}, the 95 % interval holds the prediction."
    )
