"""A forest plot: every finding of a check with its interval, beside the margin it must keep to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ind_risk.dossier.plots.forest_rows import (
    Rows,
    arranged,
    counted,
    estimate,
    in_words,
    label,
    notes,
    words,
)
from ind_risk.dossier.plots.style import (
    FAINT,
    GREEN,
    INK,
    MINIMUM_COUNT,
    ORANGE,
    QUIET,
    SHADE,
    VERMILLION,
    WIDTH,
    Plot,
    clean,
    finish,
    finite,
    head,
    panel,
    sheet,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ind_risk.core.findings import Finding

ROW, LINE = 0.235, 0.17  # inches
LOOKS = {  # colour of line and of marker, shape
    "equivalent": (GREEN, GREEN, "o"),
    "established": (GREEN, GREEN, "o"),
    "insufficient_data": (QUIET, "white", "o"),
    "risk_signalled": (INK, ORANGE, "^"),
    "disparity": (VERMILLION, VERMILLION, "s"),
    "refuted": (VERMILLION, VERMILLION, "s"),
}
UNKNOWN = (INK, VERMILLION, "X")
ONE_SIDED = frozenset({"established", "refuted"})


@styled()
def forest(findings: Sequence[Finding], *, title: str, minimum: int = MINIMUM_COUNT) -> Plot:
    """One row a subject: point, interval and, shaded, the margin; the verdict by colour and shape.

    Args:
        findings: of one check; several claims become several blocks. The largest estimate is on
            top. Beyond 60 rows the worst verdicts are kept and the rest counted.
        title: of the plot.
        minimum: findings on fewer units than this are named, not drawn.
    """
    title = title[:1].upper() + title[1:]
    if not findings:
        return panel(title, "There is no finding: nothing was assessed.")
    rows = arranged(findings, minimum=minimum)
    below = notes(rows, minimum=minimum)
    if not rows.drawn:
        return panel(title, " ".join(below))
    left = 0.3 + 0.078 * max(len(label(f)) for f in rows.drawn)
    bottom = 0.6 + LINE * len(below)
    height = 0.95 + ROW * (max(rows.places) + 1) + bottom
    figure, axes = sheet(height=height, left=left, top=0.95, bottom=bottom)
    _margins(axes, rows)
    _points(axes, rows)
    _dress(axes, rows, left)
    for line, text in enumerate(reversed(below)):
        where = (0.1 + LINE * line) / height
        figure.text(0.1 / WIDTH, where, text, size=9.0, color=QUIET)
    _legend(figure, axes)
    head(figure, title, f"{counted(findings)} (in brackets: number of units)")
    return finish(figure, in_words(findings, rows, title=title))


def _margins(axes: Axes, rows: Rows) -> None:
    """A band of ± the margin; for a one-sided claim a line at its bound."""
    sided = {f.claim for f in rows.drawn if f.verdict in ONE_SIDED}
    margins = {f.margin for f in rows.drawn}
    of = f" of {margins.pop():g}" if len(margins) == 1 and None not in margins else ""
    pairs = zip(rows.drawn, rows.places, strict=True)
    for (claim, margin), block in groupby(pairs, key=lambda p: (p[0].claim, p[0].margin)):
        if margin is None or not finite(margin):
            continue
        inside = [place for _, place in block]
        span = [inside[0] - 0.5, inside[-1] + 0.5]
        if claim in sided:
            axes.plot(
                [margin] * 2, span, color=INK, linestyle="--", linewidth=1.2, label="bound" + of
            )
        else:
            name = "within the margin" + of
            axes.fill_betweenx(
                span, -margin, margin, facecolor=SHADE, edgecolor=FAINT, linewidth=0.8, label=name
            )
    if len(sided) < len(rows.claims):
        axes.axvline(0, color=QUIET, linewidth=0.9)


def _points(axes: Axes, rows: Rows) -> None:
    pairs = list(zip(rows.drawn, rows.places, strict=True))
    for verdict in dict.fromkeys([*LOOKS, *(f.verdict for f in rows.drawn)]):
        some = [f for f, _ in pairs if f.verdict == verdict]
        y = [place for f, place in pairs if f.verdict == verdict]
        line, colour, marker = LOOKS.get(verdict, UNKNOWN)
        if some:
            low, high = [f.low or 0.0 for f in some], [f.high or 0.0 for f in some]
            axes.hlines(y, low, high, color=line, linewidth=2.0)
            axes.plot(
                [estimate(f) for f in some],
                y,
                linestyle="none",
                marker=marker,
                markersize=7,
                markerfacecolor=colour,
                markeredgecolor=INK,
                markeredgewidth=1.0,
                label=words(verdict),
            )


def _dress(axes: Axes, rows: Rows, left: float) -> None:
    """Names left of the rows, as texts: sixty ticks take twice the time."""
    axes.set_ylim(max(rows.places) + 0.7, -0.7)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")
    axes.locator_params(axis="x", nbins=6)
    beside = axes.get_yaxis_transform()
    named = list(zip(rows.drawn, rows.places, strict=True))
    for finding, place in named:
        text = label(finding)
        axes.text(-0.012, place, text, transform=beside, ha="right", va="center", size=9.5)
    if len(rows.claims) == 1:
        axes.set_xlabel(clean(words(rows.claims[0]), limit=60))
        return
    axes.set_xlabel("estimate and interval")
    starts = {f.claim: place for f, place in reversed(named)}
    for claim, first in starts.items():
        axes.annotate(
            clean(words(claim), limit=60), (0, first - 1), (-72 * (left - 0.1), 0),
            xycoords=beside, textcoords="offset points", va="center", size=9.5, weight="bold",
        )  # fmt: skip


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    figure.legend(
        once.values(),
        once.keys(),
        loc="upper left",
        bbox_to_anchor=(0.0, 1 - 0.52 / figure.get_figheight()),
        ncols=6,
        handletextpad=0.4,
        columnspacing=1.4,
    )
