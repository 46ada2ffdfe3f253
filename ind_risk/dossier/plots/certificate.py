"""The certificate in one picture: false equivalence by configuration, and power kept or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.dossier.plots.style import (
    BLUE,
    INK,
    QUIET,
    VERMILLION,
    WIDTH,
    Plot,
    finish,
    head,
    percent,
    sheet,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ind_risk.core.bias.certificate import Certificate
    from ind_risk.core.bias.certificate_probability import Block

TITLE = "Error rates of the bias verdicts in simulated worlds"
HEIGHT, TOP, BOTTOM = 4.2, 0.95, 0.65  # inches
LEFT_PANEL, RIGHT_PANEL = (0.75, 3.55), (5.1, 2.5)  # left edge and width
COLOURS = ((VERMILLION, "o"), (BLUE, "s"))  # of the levels, the larger one first


@styled()
def certificate_plot(certificate: Certificate) -> Plot:
    """Left: every configuration at the margin, in order, with 2 Monte Carlo errors, and the levels.

    Right: promised and measured power of every configuration without a difference.
    """
    false = [b for b in certificate.blocks if b.name == "false equivalence"]
    power = [b for b in certificate.blocks if b.name == "power"]
    figure, _ = sheet(height=HEIGHT)
    figure.clear()
    left, right = (
        figure.add_axes((x / WIDTH, BOTTOM / HEIGHT, w / WIDTH, 1 - (TOP + BOTTOM) / HEIGHT))
        for x, w in (LEFT_PANEL, RIGHT_PANEL)
    )
    for block, look in zip(false, COLOURS, strict=False):
        _false_equivalence(left, block, *look)
    for block, look in zip(power, COLOURS, strict=False):
        _power(right, block, *look)
    _finish_axes(left, right, false)
    head(figure, TITLE, f"{certificate.worlds:,} worlds a configuration; bars: two Monte Carlo "
         "standard errors")  # fmt: skip
    return finish(figure, _alt(false, power))


def _false_equivalence(axes: Axes, block: Block, colour: str, marker: str) -> None:
    """Rates from the largest to the smallest."""
    rows = sorted(block.rows, key=lambda r: -r.of.measured)
    y = [r.of.measured for r in rows]
    spread = [2 * r.of.error for r in rows]
    axes.errorbar(
        range(1, len(rows) + 1), y, yerr=[[min(s, v) for s, v in zip(spread, y, strict=True)],
                                          spread],
        fmt=marker, color=colour, markersize=1.6, elinewidth=0.4, alpha=0.75,
        label=f"level {percent(block.alpha, decimals=2 if block.alpha < 0.05 else 0)}",
    )  # fmt: skip
    axes.axhline(block.alpha, color=INK, linewidth=1.1, linestyle="--")


def _power(axes: Axes, block: Block, colour: str, marker: str) -> None:
    axes.errorbar(
        [r.of.target for r in block.rows], [r.of.measured for r in block.rows],
        yerr=[2 * r.of.error for r in block.rows], fmt=marker, color=colour, markersize=2.6,
        elinewidth=0.6, alpha=0.75,
    )  # fmt: skip


def _finish_axes(left: Axes, right: Axes, false: list[Block]) -> None:
    left.set_xlabel("configurations, from the highest rate to the lowest")
    left.set_ylabel("called equivalent at the margin")
    left.set_ylim(bottom=0)
    left.set_xlim(0, max(len(b.rows) for b in false) + 1)
    left.legend(loc="upper right", markerscale=3)
    right.plot([0, 1], [0, 1], color=QUIET, linewidth=1.2, linestyle="--")
    right.set_xlabel("power promised")
    right.set_ylabel("power measured")
    right.set_xlim(0.15, 1.02)
    right.set_ylim(0.15, 1.02)
    for axis in (left.yaxis, right.xaxis, right.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    left.grid(visible=True, axis="y")
    right.grid(visible=True)


def _alt(false: list[Block], power: list[Block]) -> str:
    said = []
    for block in false:
        highest = percent(max(r.of.best for r in block.rows), decimals=2)
        said.append(
            f"At a level of {100 * block.alpha:g} % a difference exactly at the margin is called "
            f"equivalent in at most {highest} of worlds over {len(block.rows):,} configurations."
        )
    gaps = [abs(r.of.best - r.of.target) for b in power for r in b.rows]
    said.append(
        f"Power lies at most {100 * max(gaps):.1f} points from what was promised, over "
        f"{len(gaps):,} configurations."
    )
    return " ".join(said)
