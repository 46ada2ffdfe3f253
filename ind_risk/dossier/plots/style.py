"""The look of every plot in one place, so that they read alike, in colour and in grey.

Matplotlib's objects are used without pyplot: no global figures, no window system, half the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from numbers import Real
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The palette of Okabe and Ito (2008), told apart with every common kind of colour blindness.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE = "#CC79A7"  # orange is too pale on white for a line: only within a dark edge
INK, QUIET, FAINT, SHADE = "#1A1A1A", "#595959", "#D0D0D0", "#E6ECF2"

_SAFE = str.maketrans("[]`<>|\\", "()'‹›//")  # what would end a Markdown image or table cell
WIDTH, DPI = 7.8, 90  # inches and dots an inch: 702 pixels
COLOURS = 64
MINIMUM_COUNT = 10  # rates of fewer are not shown; the policy may say another number
_LOOK: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same on every machine
    "font.size": 10.0,
    "text.hinting": "no_hinting",  # a fifth faster, and the letters are spaced better
    "text.parse_math": False,  # a dollar in a name is a dollar
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid.axis": "both",
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "axes.axisbelow": True,
}


@dataclass(frozen=True)
class Plot:
    """A picture and, for who does not see it, what it shows.

    Args:
        png: the file; the same input gives the same bytes.
        alt: one or two sentences with the numbers in them, safe inside Markdown.
    """

    png: bytes
    alt: str


@contextmanager
def styled() -> Iterator[None]:
    """The look, whatever a matplotlibrc on this machine says; also a decorator."""
    from matplotlib import rc_context, rcParamsDefault

    fixed: dict[Any, Any] = {k: v for k, v in rcParamsDefault.items() if k[:7] != "backend"}
    fixed.update(_LOOK)
    with rc_context(fixed):
        yield


def sheet(
    *, height: float, left: float = 0.75, right: float = 0.25, top: float = 0.8, bottom: float = 0.6
) -> tuple[Figure, Axes]:
    """An empty figure of the common width; height and margins in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    box = (left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (top + bottom) / height)
    return figure, figure.add_axes(box)


def head(figure: Figure, title: str, subtitle: str = "") -> None:
    """Title and a line below it, at the left edge."""
    height = figure.get_figheight()
    shown = clean(title, limit=75)
    figure.text(0.1 / WIDTH, 1 - 0.27 / height, shown, size=12.0, weight="bold")
    figure.text(0.1 / WIDTH, 1 - 0.5 / height, clean(subtitle, limit=110), size=9.5, color=QUIET)


def finish(figure: Figure, alt: str) -> Plot:
    """The figure as a PNG of few colours (a third of the size), without dates or programs in it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    size = canvas.get_width_height()
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    drawn = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1)
    out = BytesIO()
    few = drawn.convert("RGB").quantize(
        COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    few.save(out, format="PNG")
    return Plot(out.getvalue(), " ".join(alt.translate(_SAFE).split()))


def panel(title: str, sentence: str) -> Plot:
    """Where there is nothing to plot: a plain sentence that says so."""
    lines = wrap(clean(sentence, limit=500), 98)
    height = 0.75 + 0.2 * len(lines)
    figure, axes = sheet(height=height, top=0.5, bottom=0.1)
    axes.set_axis_off()
    head(figure, title)
    for number, line in enumerate(lines):
        figure.text(0.1 / WIDTH, 1 - (0.65 + 0.2 * number) / height, line, color=QUIET)
    return finish(figure, f"{title}: {sentence}")


def clean(text: object, *, limit: int = 200) -> str:
    r"""Text on one line, of characters the font has, of at most `limit` characters.

    >>> clean("a  b\nc", limit=4)
    'a b…'
    """
    known = _characters()
    line = "".join(c if ord(c) in known else "?" for c in " ".join(str(text).split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def finite(*values: Any) -> bool:
    """Whether every value is a number, and none of them NaN or infinite."""
    return all(isinstance(v, Real) and math.isfinite(v) for v in values)


def percent(value: float, *, decimals: int = 1) -> str:
    """A share as text.

    >>> percent(0.1234)
    '12.3 %'
    """
    return f"{100 * value:.{decimals}f} %"


def count(n: int, *, minimum: int) -> str:
    """A count as text, if it may be shown.

    >>> count(1200, minimum=10), count(3, minimum=10)
    ('n = 1,200', 'n < 10')
    """
    return f"n = {n:,}" if n >= minimum else f"n < {minimum}"
