"""Tables of the certificate as Markdown: worst cases, quantiles, and every configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ind_risk.core.bias.certificate_probability import Block, Row

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; all columns but the first are numbers, to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def summary(blocks: Sequence[Block]) -> str:
    """One line a block."""
    rows = []
    for block in blocks:
        rows.append([
            block.name, f"{100 * block.alpha:g} %", f"{len(block.rows):,}", f"{block.worlds:,}",
            block.asked, _target(block, block.told), _measured(block.told), _exact(block.told),
            ("**yes**" if block.holds else "**no**") if block.judged else "not asked",
        ])  # fmt: skip
    header = [
        "what", "level", "cases", "worlds each", "must be", "target of the worst case",
        "measured there", "exact", "holds",
    ]  # fmt: skip
    return markdown(header, rows)


def worst_cases(block: Block, *, number: int) -> str:
    """The cases closest to, or furthest beyond, the edge of what is asked."""
    return markdown(
        ["case", "target", "measured", "exact"],
        [[r.label, _target(block, r), _measured(r), _exact(r)] for r in block.worst(number)],
    )


def quantiles(blocks: Sequence[Block], value: Callable[[Row], float], *, unit: str) -> str:
    """Quantiles over the cases of each block of a value, in per cent or points."""
    header = ["level", *(f"{100 * q:g} %" if 0 < q < 1 else ("least", "most")[int(q)]
                         for q in QUANTILES)]  # fmt: skip
    rows = [
        [f"{100 * b.alpha:g} %", *(f"{100 * v:.2f}" for v in
                                   np.quantile([value(r) for r in b.rows], QUANTILES))]
        for b in blocks
    ]  # fmt: skip
    return f"Quantiles over the cases, in {unit}:\n\n" + markdown(header, rows)


def every_configuration(block: Block, value: Callable[[Row], float], *, largest: bool) -> str:
    """All cases, by sizes and rate of the others; a cell is the worst over margin and direction.

    Args:
        block: whose rows have sizes and rates among their facts.
        value: of a row.
        largest: whether the largest value is the worst.
    """
    cells: dict[tuple[int, int], dict[float, list[float]]] = {}
    for row in block.rows:
        sizes = (int(row.facts["group"]), int(row.facts["others"]))
        cells.setdefault(sizes, {}).setdefault(row.facts["rate_of_others"], []).append(value(row))
    rates = sorted({rate for line in cells.values() for rate in line})
    pick = max if largest else min
    rows = [
        [f"{n1:,} against {n2:,}",
         *(f"{100 * pick(line[rate]):.2f}" if rate in line else "" for rate in rates)]
        for (n1, n2), line in sorted(cells.items())
    ]  # fmt: skip
    return markdown(["sponsors", *(f"{100 * rate:g} %" for rate in rates)], rows)


def _target(block: Block, row: Row) -> str:
    return f"{100 * row.of.target:.4g} %" if block.judged else ""


def _measured(row: Row) -> str:
    return f"{100 * row.of.measured:.2f} ± {100 * row.of.error:.2f} %"


def _exact(row: Row) -> str:
    return "" if row.of.exact is None else f"{100 * row.of.exact:.3f} %"
