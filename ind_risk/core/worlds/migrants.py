"""The migrants behind the permits: nationality, year of birth, gender; none bears on conduct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import years_of
from ind_risk.core.worlds.draws import by_share
from ind_risk.core.worlds.nationality import Mix, of_migrants

if TYPE_CHECKING:
    from numpy.typing import NDArray

GENDERS = tuple(facts.GENDERS)
YOUNGEST = 21


@dataclass(frozen=True)
class Migrants:
    """One migrant a permit; arrays of shape (permits,).

    Args:
        nationality: place in `nationality.CODES`.
        birth_year: calendar year.
        gender: place in `GENDERS`.
        age: years at application.
    """

    nationality: NDArray[np.int64]
    birth_year: NDArray[np.int64]
    gender: NDArray[np.int64]
    age: NDArray[np.int64]


def draw_migrants(
    rng: np.random.Generator, mix: Mix, sponsor: NDArray[np.int64], applied: NDArray[np.int64]
) -> Migrants:
    """Draw one migrant for each application: two thirds under 40 (s), three quarters men (s)."""
    size = len(sponsor)
    age = np.minimum(YOUNGEST + rng.gamma(3.0, 5.55, size), 66).astype(np.int64)
    return Migrants(
        nationality=of_migrants(rng, mix, sponsor),
        birth_year=years_of(applied) - age,
        gender=by_share(rng.random(size), facts.GENDERS.values()),
        age=age,
    )
