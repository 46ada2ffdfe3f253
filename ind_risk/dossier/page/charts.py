"""Charts as inline SVG: they need no script, follow the page's colours, and read in grey.

The verdict shows by shape and not by colour alone: a disc is green, a ring lacks data, a triangle
is a risk that was signalled, a diamond a difference that is shown. A finding without figures has no
mark, but says why. Each chart is drawn twice: for a wide screen, and for a phone with its labels
above the rows; the page shows one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from textwrap import wrap
from typing import Any

from ind_risk.dossier.page.facts import GREEN

MOST_ROWS = 40
LONGEST = 30  # characters of a label beside its row
_LINE, _BAND, _TOP, _BOTTOM = 19, 26, 22, 34
_LETTER, _WIDE_LETTER = 7.6, 8.4  # width of a letter on average, and in a line of wide ones
_SHAPES = {
    "disparity": "M0,-7 L7,0 L0,7 L-7,0 Z", "refuted": "M0,-7 L7,0 L0,7 L-7,0 Z",
    "risk_signalled": "M0,-7 L7,6 L-7,6 Z",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Measures of a drawing.

    Args:
        name: class of the element: "wide" or "narrow".
        width: of the drawing.
        left: where rows begin; labels stand before it, or above where it is small.
    """

    name: str
    width: int
    left: int

    @property
    def above(self) -> bool:
        """Whether labels stand above their rows."""
        return self.left < LONGEST * 2

    @property
    def right(self) -> int:
        """Where rows end."""
        return self.width - 20

    def lines(self, label: str) -> list[str]:
        """A label in lines that fit."""
        if not self.above:
            return [label]
        return wrap(label, int((self.width - 10) / _WIDE_LETTER)) or [""]

    def height(self, label: str) -> int:
        """Of the row of a label."""
        return _BAND + (_LINE * len(self.lines(label)) if self.above else 0)

    def text(self, label: str, top: float) -> str:
        """The label of a row that begins at `top`."""
        if not self.above:
            return (
                f'<text class="label" x="{self.left - 12}" y="{top + _BAND / 2 + 4:.1f}" '
                f'text-anchor="end">{escape(label)}</text>'
            )
        return "".join(
            f'<text class="label" x="4" y="{top + 15 + _LINE * k:.1f}">{escape(line)}</text>'
            for k, line in enumerate(self.lines(label))
        )


def layouts(labels: Sequence[str]) -> tuple[Layout, Layout]:
    """For a wide screen and for a phone."""
    long = any(len(label) > LONGEST for label in labels)
    return Layout("wide", 760, 12 if long else 250), Layout("narrow", 360, 12)


def forest(
    findings: Sequence[Mapping[str, Any]],
    *,
    label: Callable[[Mapping[str, Any]], str],
    figure: Callable[[float], str],
    note: Callable[[Mapping[str, Any]], str],
    strip: tuple[float, float] | None,
    middle: float | None,
    alt: str,
) -> str:
    """A forest plot: one row a finding, its interval against the strip in which it must lie.

    Args:
        findings: with or without an interval.
        label: what stands at a row.
        figure: a number as it is read at the axis.
        note: what stands in a row without an interval.
        strip: values that speak for the claim; infinite at an open end; None draws none.
        middle: where a dotted line stands, if it is inside; None draws none.
        alt: what a screen reader says.

    Returns:
        Two SVG elements, one for each layout; empty without a finding that has an interval.
    """
    rows = list(findings)[:MOST_ROWS]
    if not any(map(has_interval, rows)):
        return ""
    ends = [float(f[k]) for f in rows if has_interval(f) for k in ("low", "high", "estimate")]
    ends += [v for v in strip or () if isfinite(v)]
    if middle is not None and strip is not None and all(map(isfinite, strip)):
        ends.append(middle)
    low, high = min(ends), max(ends)
    pad = (high - low or 1.0) * 0.06
    scale = (low - pad, high + pad)
    labels = [label(f) for f in rows]
    return "".join(
        _forest(rows, labels, layout, scale, figure, note, strip, middle, alt)
        for layout in layouts(labels)
    )


def has_interval(finding: Mapping[str, Any]) -> bool:
    """Whether there is something to draw."""
    return all(finding[k] is not None and isfinite(finding[k]) for k in ("estimate", "low", "high"))


def _forest(
    rows: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    layout: Layout,
    scale: tuple[float, float],
    figure: Callable[[float], str],
    note: Callable[[Mapping[str, Any]], str],
    strip: tuple[float, float] | None,
    middle: float | None,
    alt: str,
) -> str:
    low, high = scale

    def x(value: float) -> float:
        inside = min(max(value, low), high)
        return layout.left + (inside - low) / (high - low) * (layout.right - layout.left)

    base = _TOP + sum(map(layout.height, labels))
    parts = [_svg(layout, base + _BOTTOM, alt)]
    if strip is not None:
        a, b = (x(v) for v in strip)
        parts.append(
            f'<rect class="strip" x="{a:.1f}" y="{_TOP - 12}" width="{max(b - a, 1):.1f}" '
            f'height="{base - _TOP + 12}"/>'
        )
        parts += [_line("edge", x(v), _TOP - 12, base) for v in strip if isfinite(v)]
    if middle is not None and low < middle < high:
        parts.append(_line("middle", x(middle), _TOP - 12, base))
    top = float(_TOP)
    for finding, label in zip(rows, labels, strict=True):
        height = layout.height(label)
        parts.append(layout.text(label, top))
        at = top + height - _BAND / 2
        if has_interval(finding):
            parts.append(_mark(finding, at, x))
        else:
            text = escape(note(finding))
            parts.append(f'<text class="note" x="{layout.left + 4}" y="{at + 4:.1f}">{text}</text>')
        top += height
    for value in _ticks_that_fit(low, high, figure, layout):
        text, at = figure(value), x(value)
        half = len(text) * _LETTER / 2
        place = min(max(at, half), layout.width - half)
        parts.append(_line("tick", at, base, base + 5))
        parts.append(
            f'<text class="axis" x="{place:.1f}" y="{base + 20:.1f}" text-anchor="middle">'
            f"{escape(text)}</text>"
        )
    return "".join([*parts, "</svg>"])


def _svg(layout: Layout, height: float, alt: str) -> str:
    return (
        f'<svg class="chart {layout.name}" viewBox="0 0 {layout.width} {height:.0f}" role="img" '
        f'aria-label="{escape(alt)}">'
    )


def _mark(finding: Mapping[str, Any], y: float, x: Callable[[float], float]) -> str:
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
        f'<line class="span {kind}" x1="{x(float(finding["low"])):.1f}" '
        f'x2="{x(float(finding["high"])):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>{mark}'
    )


def _line(kind: str, at: float, top: float, bottom: float) -> str:
    return f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def _ticks_that_fit(
    low: float, high: float, figure: Callable[[float], str], layout: Layout
) -> list[float]:
    """As many round numbers as do not run into each other."""
    for wanted in (5, 4, 3, 2, 1):
        ticks = _ticks(low, high, wanted)
        widest = max((len(figure(t)) for t in ticks), default=0) * _LETTER + 10
        apart = (layout.right - layout.left) / (high - low)
        if len(ticks) < 2 or (ticks[1] - ticks[0]) * apart >= widest:
            return ticks
    return ticks[:1]


def _ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers between two ends."""
    from math import ceil, floor, log10

    raw = (high - low) / wanted
    step = 10 ** floor(log10(raw))
    step *= next((m for m in (1, 2, 5, 10) if raw <= m * step), 10)
    first = ceil(low / step)
    return [k * step for k in range(first, floor(high / step) + 1)]


def bars(values: Sequence[tuple[str, float | None, str]], *, alt: str) -> str:
    """Horizontal bars.

    Args:
        values: label, size (at least 0; None draws no bar) and text of each.
        alt: what a screen reader says.
    """
    if not values:
        return ""
    return "".join(_bars(values, layout, alt) for layout in layouts([v[0] for v in values]))


def _bars(values: Sequence[tuple[str, float | None, str]], layout: Layout, alt: str) -> str:
    most = max((size or 0.0 for _, size, _ in values), default=0.0) or 1.0
    room = layout.right - layout.left - max(len(v[2]) for v in values) * _LETTER
    parts = [_svg(layout, 14 + sum(layout.height(v[0]) for v in values), alt)]
    top = 8.0
    for label, size, text in values:
        height, width = layout.height(label), (size or 0.0) / most * max(room, 40)
        y = top + height - _BAND
        parts.append(layout.text(label, top))
        if size is not None:
            parts.append(
                f'<rect class="bar" x="{layout.left}" y="{y + 3:.1f}" '
                f'width="{max(width, 1):.1f}" height="{_BAND - 9}"/>'
            )
        parts.append(
            f'<text class="axis" x="{layout.left + width + 8:.1f}" y="{y + 16:.1f}">'
            f"{escape(text)}</text>"
        )
        top += height
    return "".join([*parts, "</svg>"])
