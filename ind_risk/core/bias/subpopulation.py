"""Some of the sponsors, with their migrants, as a population of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.population import Population

if TYPE_CHECKING:
    from numpy.typing import NDArray


def subpopulation(
    people: Population, there: NDArray[np.bool_], *, selected: NDArray[np.bool_] | None = None
) -> Population:
    """The sponsors of whom `there` is true, in the same order and with all nationalities' numbers.

    Args:
        people: everybody, n sponsors.
        there: shape (n,).
        selected: shape (n,), what counts as selected among them; band high if None.
    """
    row = np.cumsum(there) - 1
    kept = there[people.sponsor]
    chosen = people.selected if selected is None else selected
    return Population(
        score=people.score[there],
        selected=np.asarray(chosen[there], dtype=bool),
        total=people.total[there],
        codes=people.codes,
        sponsor=row[people.sponsor[kept]].astype(np.int64),
        code=people.code[kept],
        migrants=people.migrants[kept],
    )
