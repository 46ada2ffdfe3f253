"""How a candidate was chosen and what moves it: past windows and the weight of each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.dossier.plots.style import (
    BLUE,
    GREEN,
    INK,
    MINIMUM_COUNT,
    PURPLE,
    QUIET,
    VERMILLION,
    Plot,
    clean,
    finish,
    finite,
    head,
    panel,
    percent,
    sheet,
    styled,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from matplotlib.axes import Axes

    from ind_risk.core.training.selection import WindowResult

WINDOWS_TITLE = "Precision at capacity on past windows"
FEATURES_TITLE = "What moves the score"
TOP = 15
_LINES: dict[str, tuple[str, str, Any]] = {  # colour, marker, dashes; each alone tells them apart
    "dummy": (QUIET, "x", (0, (1, 2))),
    "one_rule": (VERMILLION, "s", (0, (5, 2))),
    "logistic": (GREEN, "^", (0, (6, 2, 1, 2))),
    "additive_booster": (PURPLE, "D", (0, (3, 1))),
    "booster": (BLUE, "o", "solid"),
}
_OTHERS = ((INK, "v", (0, (2, 1))), (INK, "P", (0, (8, 2))), (INK, "*", (0, (1, 1))))


@styled()
def precision_per_window(
    windows: Sequence[WindowResult], *, chosen: str, minimum: int = MINIMUM_COUNT
) -> Plot:
    """One line a candidate over the as-of dates of validation.

    Args:
        windows: every candidate on every window, any order.
        chosen: the kind that was chosen.
        minimum: a precision among fewer visited sponsors is not shown.
    """
    shown = [w for w in windows if w.capacity >= minimum and finite(w.precision_at_capacity)]
    hidden = len({w.as_of for w in windows}) - len({w.as_of for w in shown})
    if not shown:
        why = f"with {minimum} or more visited sponsors " if windows else ""
        said = f"There is no past window {why}to compare candidates on; chosen is {chosen}."
        return panel(WINDOWS_TITLE, said)
    dates = sorted({w.as_of for w in shown})
    lines = _by_candidate(shown)
    figure, axes = sheet(height=3.6, right=2.35)
    for number, (kind, points) in enumerate(lines.items()):
        _line(axes, kind, points, dates, chosen=kind == chosen, number=number)
    _dress_windows(axes, dates)
    note = f"; {hidden} with fewer than {minimum} visited are not shown" if hidden else ""
    head(figure, WINDOWS_TITLE, f"Share non-compliant among those it would have visited{note}")
    means = ", ".join(f"{_named(k, chosen)} {percent(_mean(p))}" for k, p in lines.items())
    past = "1 past window" if len(dates) == 1 else f"{len(dates)} past windows"
    return finish(figure, f"Mean precision at capacity over {past}: {means}{note}.")


def _by_candidate(shown: Sequence[WindowResult]) -> dict[str, dict[date, float]]:
    """Precision by date, of the candidate with the best mean first."""
    lines: dict[str, dict[date, float]] = {}
    for window in shown:
        lines.setdefault(window.candidate, {})[window.as_of] = window.precision_at_capacity
    return dict(sorted(lines.items(), key=lambda item: (-_mean(item[1]), item[0])))


def _mean(points: Mapping[date, float]) -> float:
    return sum(points.values()) / len(points)


def _named(kind: str, chosen: str) -> str:
    return f"{kind.replace('_', ' ')} (chosen)" if kind == chosen else kind.replace("_", " ")


def _line(
    axes: Axes,
    kind: str,
    points: Mapping[date, float],
    dates: Sequence[date],
    *,
    chosen: bool,
    number: int,
) -> None:
    colour, marker, dashes = _LINES.get(kind, _OTHERS[number % len(_OTHERS)])
    name = clean(_named(kind, kind if chosen else ""), limit=26)
    axes.plot(
        range(len(dates)),
        [points.get(d, float("nan")) for d in dates],
        color=colour,
        marker=marker,
        linestyle=dashes,
        linewidth=2.8 if chosen else 1.5,
        markersize=7 if chosen else 5,
        zorder=3 if chosen else 2,
        label=f"{name}\nmean {percent(_mean(points))}",
    )


def _dress_windows(axes: Axes, dates: Sequence[date]) -> None:
    step = -(-len(dates) // 7)  # more labels would run into one another
    places = range(0, len(dates), step)
    axes.set_xticks(list(places), [f"{dates[i]:%Y-%m}" for i in places])
    axes.set_xlim(-0.3, max(len(dates) - 0.7, 0.3))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: percent(value, decimals=0))
    axes.set_xlabel("as-of date of the window")
    axes.set_ylabel("precision at capacity")
    axes.grid(visible=True, axis="y")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.03), labelspacing=0.7, handlelength=3.0)


@styled()
def feature_importance(importance: Mapping[str, float]) -> Plot:
    """The fifteen features that move the score most, as bars.

    Args:
        importance: share of each feature in what moves the score; what is not above 0 is left out.
    """
    moving = {k: v for k, v in importance.items() if finite(v) and v > 0}
    if not moving:
        return panel(FEATURES_TITLE, "No feature moves the score.")
    ordered = sorted(moving.items(), key=lambda item: (-item[1], item[0]))
    top = ordered[:TOP]
    names = [clean(name.replace("_", " "), limit=40) for name, _ in top]
    shares = [share for _, share in top]
    left = 0.3 + 0.078 * max(len(n) for n in names)
    figure, axes = sheet(height=1.0 + 0.26 * len(top), left=left, right=0.8, bottom=0.15)
    axes.barh(range(len(top)), shares, height=0.62, color=BLUE)
    for place, share in enumerate(shares):
        axes.annotate(percent(share), (share, place), (5, -4), textcoords="offset points", size=9.5)
    axes.set_yticks(range(len(top)), names)
    axes.set_ylim(len(top) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    rest = sum(v for _, v in ordered[TOP:])
    more = f"; {len(ordered) - TOP} more make up {percent(rest)}" if len(ordered) > TOP else ""
    head(figure, FEATURES_TITLE, f"Share of each feature in how far scores move{more}")
    named = ", ".join(f"{n} {percent(s)}" for n, s in zip(names[:5], shares, strict=False))
    return finish(figure, f"Features by how far they move the score: {named}{more}.")
