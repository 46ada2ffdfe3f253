"""How the scores are spread: in the population trained on and in the one to be scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.dossier.plots.style import (
    BLUE,
    MINIMUM_COUNT,
    VERMILLION,
    Plot,
    finish,
    head,
    panel,
    sheet,
    styled,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

TITLE = "Scores in training and in use"
BINS = 40
UNIT = 0.01  # heights are shares per hundredth of score


@styled()
def score_distribution(
    training: pd.Series, use: pd.Series, *, minimum: int = MINIMUM_COUNT
) -> Plot:
    """Two histograms of scores over each other, as outlines.

    Args:
        training: scores of the population trained on, shape (n,).
        use: scores of the population to be scored, shape (m,).
        minimum: a bin of fewer sponsors is merged with its neighbours; a whole series of fewer is
            not shown. What is no number is left out.
    """
    known = {"training": _finite(training), "use": _finite(use)}
    shown = {name: x for name, x in known.items() if len(x) >= max(1, minimum)}
    if not shown:
        return panel(TITLE, f"Neither in training nor in use are there {minimum} scores to show.")
    figure, axes = sheet(height=3.4)
    edges = _edges(list(shown.values()))
    for name, x in shown.items():
        _outline(axes, x, *merged_bins(x, edges, minimum=minimum), name=name)
    axes.set_ylim(bottom=0)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("score: calibrated probability of non-compliance")
    axes.set_ylabel("% of sponsors")
    axes.grid(visible=True, axis="y")
    axes.legend(loc="upper right")
    note = f"bins of fewer than {minimum} sponsors are merged with their neighbours"
    head(figure, TITLE, f"Share of sponsors per {UNIT} of score; {note}")
    missing = [n for n in known if n not in shown]
    return finish(figure, _alt(shown, missing, minimum))


def merged_bins(
    x: NDArray[np.float64], edges: NDArray[np.float64], *, minimum: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts and edges of neighbouring bins joined, from the left, until each has `minimum`.

    Args:
        x: values, shape (n,), n >= minimum, all within the edges but for rounding.
        edges: increasing, shape (k + 1,).
        minimum: least count of a bin.

    Returns:
        counts, shape (j,), all >= minimum and summing to n, and edges, shape (j + 1,).
    """
    import numpy as np

    fine, _ = np.histogram(np.clip(x, edges[0], edges[-1]), bins=edges)  # rounding loses nobody
    filled = np.flatnonzero(fine)
    first, last = int(filled[0]), int(filled[-1])
    kept, counts, waiting = [first], [], 0
    for place in range(first, last + 1):
        waiting += int(fine[place])
        if waiting >= minimum:
            kept.append(place + 1)
            counts.append(waiting)
            waiting = 0
    counts[-1] += waiting  # a rest that is too small joins the last bin
    kept[-1] = last + 1
    return np.array(counts, dtype=np.int64), edges[kept]


def _finite(scores: pd.Series) -> NDArray[np.float64]:
    import numpy as np

    x: NDArray[np.float64] = scores.to_numpy(dtype=np.float64, na_value=np.nan)
    return x[np.isfinite(x)]


def _edges(series: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Round edges around all values, so that they give away no single score."""
    import numpy as np

    low, high = min(float(x.min()) for x in series), max(float(x.max()) for x in series)
    steps = [m * 10.0**e for e in range(-4, 3) for m in (1, 2, 5)]
    step = next((s for s in steps if (high - low) / s <= BINS), (high - low) / BINS)
    first, last = int(np.floor(low / step)), int(np.ceil(high / step))
    edges: NDArray[np.float64] = np.arange(first, max(last, first + 1) + 1) * np.float64(step)
    return edges


def _outline(
    axes: Axes,
    x: NDArray[np.float64],
    counts: NDArray[np.int64],
    edges: NDArray[np.float64],
    *,
    name: str,
) -> None:
    import numpy as np

    height = 100 * counts / len(x) / np.diff(edges) * UNIT
    label = f"in {name} ({len(x):,} sponsors)"
    if name == "use":
        axes.stairs(height, edges, fill=True, color=BLUE, alpha=0.15)
        axes.stairs(height, edges, color=BLUE, linewidth=1.8, label=label)
    else:
        axes.stairs(
            height, edges, color=VERMILLION, linewidth=2.2, linestyle=(0, (4, 2)), label=label
        )


def _alt(shown: dict[str, NDArray[np.float64]], missing: list[str], minimum: int) -> str:
    import numpy as np

    parts = []
    for name, x in shown.items():
        middle, upper = np.quantile(x, [0.5, 0.9])
        parts.append(
            f"in {name} {len(x):,} sponsors with median score {middle:.2f}, "
            f"nine in ten below {upper:.2f}"
        )
    text = f"Spread of scores: {'; '.join(parts)}."
    if missing:
        return f"{text} Not shown, with fewer than {minimum} scores: {' and '.join(missing)}."
    return f"{text} Bins of fewer than {minimum} sponsors are merged with their neighbours."
