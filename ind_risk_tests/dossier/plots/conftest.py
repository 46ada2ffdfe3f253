"""A camera: what a plot drew, beside the picture it gave."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ind_risk.dossier.plots import bands, calibration, findings, scores, style, training
from ind_risk.dossier.plots.style import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MODULES: tuple[ModuleType, ...] = (bands, calibration, findings, scores, training, style)


class Camera:
    """The figures that were finished, the last one last."""

    def __init__(self, finish: Callable[[Figure, str], Plot]) -> None:
        self.figures: list[Figure] = []
        self._finish = finish

    def __call__(self, figure: Figure, alt: str) -> Plot:
        self.figures.append(figure)
        return self._finish(figure, alt)

    @property
    def axes(self) -> Axes:
        return self.figures[-1].axes[0]

    @property
    def texts(self) -> list[str]:
        """Every text on the last figure but its legend's and ticks'."""
        figure = self.figures[-1]
        return [t.get_text() for t in (*figure.texts, *figure.axes[0].texts)]

    def line(self, label: str) -> tuple[list[float], list[float]]:
        """x and y of the line of that label."""
        (found,) = [x for x in self.axes.lines if x.get_label() == label]
        x, y = points(found)
        return x, y


def points(line: Any) -> tuple[list[float], list[float]]:
    """x and y of a line."""
    x, y = line.get_data()
    return [float(v) for v in x], [float(v) for v in y]


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Camera:
    made = Camera(style.finish)
    for module in MODULES:
        monkeypatch.setattr(module, "finish", made)
    return made
