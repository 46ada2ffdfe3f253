"""Salaries against the criterion: near it or below it more often where conduct is worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import LAST, YEAR, years_of
from ind_risk.core.worlds.draws import logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.spec import WorldSpec

# All (a). Log-odds of a salary pulled to the criterion, and of one below it, at average conduct;
# then what a standard deviation of conduct adds.
NEAR, NEAR_SLOPE = -2.3, 1.0
BELOW, BELOW_SLOPE = -4.2, 1.0
# The logarithm of salary over criterion elsewhere: mean, slope in conduct, spread of a sponsor's
# own level and of its single salaries.
MEAN, SLOPE, OWN, SINGLE = 0.32, -0.13, 0.07, 0.12


def criterion(
    rng: np.random.Generator, applied: NDArray[np.int64], age: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The criterion of each application by year and age group, EUR a month."""
    years = np.arange(min(facts.CRITERIA), max(facts.CRITERIA) + 1)
    table = [
        np.interp(years, list(facts.CRITERIA), [c[group] for c in facts.CRITERIA.values()])
        for group in range(3)
    ]
    reduced = rng.random(len(age)) < facts.REDUCED_SHARE
    group = np.where(age >= 30, 0, np.where(reduced, 2, 1))
    return np.asarray(np.round(np.array(table)[group, years_of(applied) - years[0]]))


def draw_salaries(
    rng: np.random.Generator,
    spec: WorldSpec,
    *,
    asked: NDArray[np.float64],
    level: NDArray[np.float64],
    own: NDArray[np.float64],
    proxy: NDArray[np.bool_],
    applied: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Gross salaries, EUR a month, whole euros; all arrays of shape (permits,).

    Args:
        rng: of the world.
        spec: its proxy and its change.
        asked: the criterion.
        level: conduct of the sponsor at application.
        own: the sponsor's own salary level, standard normal.
        proxy: whether the sponsor carries the world's proxy.
        applied: day.
    """
    size = len(asked)
    late = applied > LAST - round(YEAR)
    pull = np.zeros(size)
    logarithm = MEAN + SLOPE * level + OWN * own + SINGLE * rng.standard_normal(size)
    if spec.proxy is not None:
        pull += spec.proxy.near_criterion * proxy
    if spec.change is not None:
        pull += spec.change.near_criterion * late
        logarithm += spec.change.salaries * late
    ratio = np.exp(np.maximum(logarithm, 0.001))
    u, place = rng.random(size), rng.random(size)
    below = logistic(BELOW + BELOW_SLOPE * level + pull)
    near = logistic(NEAR + NEAR_SLOPE * level + pull)
    ratio = np.where(u < below + near, 1.0 + 0.045 * place, ratio)
    ratio = np.where(u < below, 0.88 + 0.119 * place, ratio)
    return np.round(asked * ratio)
