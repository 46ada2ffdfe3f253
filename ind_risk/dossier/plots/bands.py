"""Whether non-compliance rises from band low over middle to high, on random inspections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.dossier.plots.style import (
    BLUE,
    MINIMUM_COUNT,
    Plot,
    clean,
    count,
    finish,
    finite,
    head,
    panel,
    percent,
    sheet,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ind_risk.core.findings import Finding

TITLE = "Non-compliance by band, on random inspections"
BANDS = ("low", "middle", "high")


@dataclass(frozen=True)
class _Band:
    name: str
    rate: float
    low: float
    high: float
    n: int

    @property
    def text(self) -> str:
        return f"{percent(self.rate)} ({100 * self.low:.1f}–{100 * self.high:.1f})"


@styled()
def band_order(findings: Sequence[Finding], *, minimum: int = MINIMUM_COUNT) -> Plot:
    """Rates by band with their intervals.

    Args:
        findings: of the check band_order. The rates stand in the `details` of the first that has
            them: {"bands": {"high": {"rate": …, "low": …, "high": …, "n": …}, "middle": …,
            "low": …}}, shares in [0, 1]; anything may be missing or None, and is then not shown.
        minimum: the rate of a band with fewer inspections is not shown.
    """
    bands: Any = next((b for f in findings if (b := f.details.get("bands"))), {})
    known = [b for name in BANDS if (b := _band(bands, name, minimum)) is not None]
    verdicts = " · ".join(f"{f.subject}: {f.verdict.replace('_', ' ')}" for f in findings[:3])
    if not known:
        said = f"No band has {minimum} random inspections with an outcome. {verdicts}"
        return panel(TITLE, said.strip())
    figure, axes = sheet(height=3.2)
    _draw(axes, known)
    names = [_tick(bands, name, minimum) for name in BANDS]
    axes.set_xticks(range(len(BANDS)), names)
    head(figure, TITLE, verdicts)
    return finish(figure, _alt(known, verdicts, minimum))


def _band(bands: Any, name: str, minimum: int) -> _Band | None:
    """A band that may be shown, else None: a count that is not known counts as too small."""
    numbers = [_numbers(bands, name).get(k) for k in ("rate", "low", "high", "n")]
    if not finite(*numbers):
        return None
    rate, low, high, n = (float(v) for v in numbers if v is not None)
    return _Band(name, rate, low, high, int(n)) if n >= minimum else None


def _numbers(bands: Any, name: str) -> Mapping[str, Any]:
    numbers = bands.get(name) if isinstance(bands, Mapping) else None
    return numbers if isinstance(numbers, Mapping) else {}


def _tick(bands: Any, name: str, minimum: int) -> str:
    numbers = _numbers(bands, name)
    n: Any = numbers.get("n")
    if finite(n):
        return f"{name}\n{count(int(n), minimum=minimum)}"
    return f"{name}\n{'not shown' if finite(numbers.get('rate')) else 'no data'}"


def _draw(axes: Axes, known: list[_Band]) -> None:
    x = [BANDS.index(b.name) for b in known]
    rates = [b.rate for b in known]
    below = [max(0.0, b.rate - b.low) for b in known]
    above = [max(0.0, b.high - b.rate) for b in known]
    axes.errorbar(
        x, rates, yerr=(below, above), fmt="o", color=BLUE, markersize=8, capsize=5, linewidth=2.0
    )
    for place, band in zip(x, known, strict=True):
        axes.annotate(band.text, (place, band.rate), (10, -3), textcoords="offset points", size=9.5)
    axes.set_xlim(-0.5, len(BANDS) - 0.3)
    axes.set_ylim(0, 1.08 * max(b.high for b in known) or 1.0)
    axes.yaxis.set_major_formatter(lambda value, _: percent(value, decimals=0))
    axes.set_ylabel("share non-compliant")
    axes.grid(visible=True, axis="y")


def _alt(known: list[_Band], verdicts: str, minimum: int) -> str:
    rates = ", ".join(f"{b.name} {b.text} of {b.n:,}" for b in known)
    hidden = [name for name in BANDS if name not in {b.name for b in known}]
    text = f"Share non-compliant by band: {rates}."
    if hidden:
        text += f" Not shown, with fewer than {minimum} inspections: {' and '.join(hidden)}."
    return f"{text} Verdicts: {clean(verdicts)}." if verdicts else text
