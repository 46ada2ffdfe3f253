"""Charts as inline SVG: they need no script, follow the page's colours, and read in grey.

The verdict shows by shape and not by colour alone: a disc is green, a ring lacks data, a triangle
is a risk that was signalled, a diamond a difference that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any

from ind_risk.dossier.page.facts import GREEN

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 250, 20, 26, 34
MOST_ROWS = 40
_SHAPES = {
    "disparity": "M0,-7 L7,0 L0,7 L-7,0 Z", "refuted": "M0,-7 L7,0 L0,7 L-7,0 Z",
    "risk_signalled": "M0,-7 L7,6 L-7,6 Z",
}  # fmt: skip


def forest(
    findings: Sequence[Mapping[str, Any]],
    *,
    label: Callable[[Mapping[str, Any]], str],
    figure: Callable[[float], str],
    two_sided: bool,
    ratio: bool,
    alt: str,
) -> str:
    """A forest plot: one row a finding, its interval against the margin.

    Args:
        findings: with low and high; others are left out.
        label: what stands at the left of a row.
        figure: a number as it is read at the axis.
        two_sided: whether the margin holds to both sides of the middle.
        ratio: whether the middle is 1 and not 0.
        alt: what a screen reader says.

    Returns:
        An SVG element; empty without a finding that has an interval.
    """
    rows = [f for f in findings if _has_interval(f)][:MOST_ROWS]
    if not rows:
        return ""
    middle = 1.0 if ratio else 0.0
    margin = next((float(f["margin"]) for f in rows if f["margin"] is not None), None)
    ends = [float(v) for f in rows for v in (f["low"], f["high"], f["estimate"])]
    strip = _strip(margin, two_sided=two_sided, ratio=ratio)
    ends += [middle] if two_sided else []
    ends += [v for v in strip if isfinite(v)]
    low, high = min(ends), max(ends)
    pad = (high - low or 1.0) * 0.06
    low, high = low - pad, high + pad

    def x(value: float) -> float:
        inside = min(max(value, low), high)
        return LEFT + (inside - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    height = TOP + ROW * len(rows) + 34
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(alt)}">'
    ]
    if margin is not None:
        a, b = (x(v) for v in strip)
        parts.append(
            f'<rect class="strip" x="{a:.1f}" y="{TOP - 12}" width="{max(b - a, 1):.1f}" '
            f'height="{ROW * len(rows) + 12}"/>'
        )
    if low < middle < high:
        parts.append(_line("middle", x(middle), TOP - 12, TOP + ROW * len(rows)))
    for k, finding in enumerate(rows):
        parts.append(_row(finding, TOP + ROW * k + ROW / 2, x, label(finding)))
    base = TOP + ROW * len(rows)
    for value in _ticks(low, high):
        parts.append(_line("tick", x(value), base, base + 5))
        parts.append(
            f'<text class="axis" x="{x(value):.1f}" y="{base + 20}" text-anchor="middle">'
            f"{escape(figure(value))}</text>"
        )
    return "".join([*parts, "</svg>"])


def _has_interval(finding: Mapping[str, Any]) -> bool:
    return all(finding[k] is not None and isfinite(finding[k]) for k in ("estimate", "low", "high"))


def _strip(margin: float | None, *, two_sided: bool, ratio: bool) -> tuple[float, float]:
    """Where a group is alike, or the bound as a thin strip."""
    if margin is None:
        return (float("nan"), float("nan"))
    if two_sided:
        return (1 / margin, margin) if ratio else (-margin, margin)
    return (margin, margin)


def _row(finding: Mapping[str, Any], y: float, x: Callable[[float], float], label: str) -> str:
    verdict = str(finding["verdict"])
    shape = _SHAPES.get(verdict)
    kind = "good" if verdict in GREEN else "bad" if shape else "open"
    at = f"{x(float(finding['estimate'])):.1f}"
    mark = (
        f'<path class="mark {kind}" d="{shape}" transform="translate({at},{y:.1f})"/>'
        if shape
        else f'<circle class="mark {kind}" cx="{at}" cy="{y:.1f}" r="5.5"/>'
    )
    return (
        f'<text class="label" x="{LEFT - 12}" y="{y + 4:.1f}" text-anchor="end">'
        f"{escape(_short(label))}</text>"
        f'<line class="span {kind}" x1="{x(float(finding["low"])):.1f}" '
        f'x2="{x(float(finding["high"])):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{mark}'
    )


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _line(kind: str, at: float, top: float, bottom: float) -> str:
    return f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def _ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers between two ends."""
    from math import ceil, floor, log10

    raw = (high - low) / wanted
    step = 10 ** floor(log10(raw))
    step *= next((m for m in (1, 2, 5, 10) if raw <= m * step), 10)
    first = ceil(low / step)
    return [k * step for k in range(first, floor(high / step) + 1)]


def bars(values: Sequence[tuple[str, float, str]], *, alt: str) -> str:
    """Horizontal bars.

    Args:
        values: label, size (at least 0) and text of each.
        alt: what a screen reader says.
    """
    if not values:
        return ""
    most = max(size for _, size, _ in values) or 1.0
    height = 14 + ROW * len(values)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(alt)}">'
    ]
    for k, (label, size, text) in enumerate(values):
        y, width = 8 + ROW * k, size / most * (WIDTH - LEFT - 150)
        parts.append(
            f'<text class="label" x="{LEFT - 12}" y="{y + 16}" text-anchor="end">'
            f"{escape(_short(label))}</text>"
            f'<rect class="bar" x="{LEFT}" y="{y + 3}" width="{max(width, 1):.1f}" '
            f'height="{ROW - 9}"/>'
            f'<text class="axis" x="{LEFT + width + 8:.1f}" y="{y + 16}">{escape(text)}</text>'
        )
    return "".join([*parts, "</svg>"])
