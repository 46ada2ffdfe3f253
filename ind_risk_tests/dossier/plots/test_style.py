"""What every plot keeps to: size, bytes, no traces, legible colours, safe words."""

from __future__ import annotations

import doctest
import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ind_risk.dossier.plots import forest, style
from ind_risk_tests.dossier.plots.examples import PICTURES, finding

PROGRAM = """
import hashlib, sys
from ind_risk_tests.dossier.plots.examples import PICTURES
for make in PICTURES.values():
    print(hashlib.sha256(make().png).hexdigest())
assert "matplotlib.pyplot" not in sys.modules
"""


@pytest.mark.parametrize("kind", PICTURES)
def test_a_small_png_of_the_common_width_that_names_no_program(kind: str) -> None:
    plot = PICTURES[kind]()
    assert len(plot.png) < 60_000
    with Image.open(BytesIO(plot.png)) as picture:
        assert picture.format == "PNG"
        assert picture.width == 702
        assert not picture.text  # type: ignore[attr-defined]
        shades = {c for _, c in picture.convert("RGB").getcolors(1000) or []}
    assert (max(shades), len(shades) > 5) == ((254, 254, 254), True)


@pytest.mark.parametrize("kind", PICTURES)
def test_the_alternative_text_is_one_or_two_sentences(kind: str) -> None:
    alt = PICTURES[kind]().alt
    assert alt.endswith(".")
    assert 1 <= alt.count(". ") + 1 <= 3
    assert "\n" not in alt
    assert not set(alt) & set("[]`<>|\\")


def test_the_same_bytes_in_another_process_whatever_matplotlibrc_says(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: black\nbackend: pdf\n")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={**os.environ, "MATPLOTLIBRC": str(tmp_path), "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [hashlib.sha256(m().png).hexdigest() for m in PICTURES.values()]


@pytest.mark.parametrize(
    "wild",
    ["$x^{$", "[a](http://b) | `c` <img>", "日本 \U0001f9ff", "a\x1b[2J\nb", "\\frac", ""],
)
def test_a_name_that_would_mean_something_elsewhere_is_only_a_name(wild: str) -> None:
    """Formulas, Markdown, characters the font lacks, control characters: no warning, no error."""
    alt = forest([finding(wild)], title="bias").alt
    assert not set(alt) & set("[]`<>|\\\x1b\n")


def test_few_colours_keep_the_shade_of_the_margin() -> None:
    with Image.open(BytesIO(PICTURES["forest"]().png)) as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=int).reshape(-1, 3)
    wanted = [int(style.SHADE[i : i + 2], 16) for i in (1, 3, 5)]
    alike = np.abs(pixels - wanted).max(axis=1) <= 3
    assert alike.mean() > 0.1


def _luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(
    ("colour", "least"),
    [
        (style.INK, 4.5), (style.QUIET, 4.5), (style.BLUE, 3), (style.GREEN, 3),
        (style.VERMILLION, 3), (style.PURPLE, 3),
    ],
)  # fmt: skip
def test_contrast_on_white(colour: str, least: float) -> None:
    """WCAG 2.1: 4.5 for text, 3 for lines; orange only ever fills a marker with a dark edge."""
    assert 1.05 / (_luminance(colour) + 0.05) >= least


def test_panels_say_their_sentence() -> None:
    with style.styled():
        plot = style.panel("Nothing", "There is nothing here. " * 15)
    assert plot.alt.startswith("Nothing: There is nothing here.")


def test_docstring_examples() -> None:
    assert doctest.testmod(style).failed == 0
