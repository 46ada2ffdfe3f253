"""Worlds of one configuration as distinct tables with weights, judged as the findings judge them.

A world is two binomial counts. Worlds with the same counts have the same verdict, so each distinct
table is judged once; with the probabilities of all tables as weights the sum is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.score_test import called_equivalent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.certificate_configurations import Configuration

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_TAIL = 1e-9  # probability of each end of a count that an exact sum leaves out
_NEGLIGIBLE = 1e-13  # tables less probable than this are left out too


@dataclass(frozen=True, eq=False)
class Tables:
    """Distinct tables of one configuration.

    Args:
        x1, x2: selected sponsors of the group and of the others, shape (tables,).
        weight: worlds, or probability, of each.
    """

    x1: NDArray[np.int64]
    x2: NDArray[np.int64]
    weight: Floats


def drawn(configuration: Configuration, *, worlds: int, rng: np.random.Generator) -> Tables:
    """So many worlds of a configuration, equal ones together."""
    x1 = rng.binomial(configuration.n1, configuration.rate, worlds)
    x2 = rng.binomial(configuration.n2, configuration.base, worlds)
    key, count = np.unique(x1 * (configuration.n2 + 1) + x2, return_counts=True)
    return Tables(
        key // (configuration.n2 + 1), key % (configuration.n2 + 1), count.astype(np.float64)
    )


def every(configuration: Configuration) -> Tables:
    """All tables of a configuration that are not next to impossible, with their probabilities."""
    x1, first = _counts(configuration.n1, configuration.rate)
    x2, second = _counts(configuration.n2, configuration.base)
    weight = first[:, None] * second
    kept = weight > _NEGLIGIBLE
    a, b = np.broadcast_arrays(x1[:, None], x2)
    return Tables(a[kept], b[kept], weight[kept])


def _counts(n: int, rate: float) -> tuple[NDArray[np.int64], Floats]:
    from scipy.stats import binom

    x = np.arange(int(binom.ppf(_TAIL, n, rate)), int(binom.isf(_TAIL, n, rate)) + 1)
    x = x[(x >= 0) & (x <= n)].astype(np.int64)
    return x, np.asarray(binom.pmf(x, n, rate), dtype=float)


def equivalent(configuration: Configuration, tables: Tables, *, alpha: float) -> Bools:
    """Which tables are called equivalent.

    None where nobody or everybody is selected: selection parity says nothing of such a table.
    """
    n1, n2 = configuration.n1, configuration.n2
    called = called_equivalent(
        x1=tables.x1, n1=n1, x2=tables.x2, n2=n2, margin=configuration.margin, alpha=alpha
    )
    total = tables.x1 + tables.x2
    return np.asarray(called & (total > 0) & (total < n1 + n2))
