"""The mean of shares, whatever their distribution and whenever one stops to look.

Refits may be of two kinds: most agree with the candidate, and a few choose other sponsors
altogether. Twenty that happen to hold none of the few look alike, and Student's interval is then
short and wrong. The interval here rests on nothing but that shares lie in 0 … 1: a fair bet against
each possible mean seldom multiplies a stake by 1 / alpha, so a mean against which it did is
excluded (Waudby-Smith and Ramdas, 2024, Estimating means of bounded random variables by betting,
JRSS B 86, theorem 3 and appendix B.3, by Ville's inequality). It holds after every share at once,
so that one may go on until the answer is clear.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ind_risk.core.accuracy.rates import Interval

Floats = NDArray[np.float64]

_GRID = 2_000  # possible means between 0 and 1
_STAKE = 0.9  # largest part of the capital that one share can lose


def mean_interval(values: Floats, *, alpha: float) -> Interval:
    """The mean of shares and limits that each miss the true mean with probability at most alpha.

    Args:
        values: shares in 0 … 1 in the order in which they came, at least one, shape (n,).
        alpha: one-sided level of each limit, for all numbers of shares together.

    >>> import numpy as np
    >>> found = mean_interval(np.array([0.8, 0.9] * 10), alpha=0.05)
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2)
    (0.85, 0.69, 0.93)
    """
    estimate = float(values.mean())
    low = _lower_limit(values, alpha=alpha)
    high = 1.0 - _lower_limit(1.0 - values, alpha=alpha)
    return Interval(estimate, min(low, estimate), max(high, estimate))


def _lower_limit(values: Floats, *, alpha: float) -> float:
    """All means below it are excluded by bets that the true one is higher."""
    means = (np.arange(_GRID) + 1.0) / _GRID
    before = np.arange(len(values))  # shares seen before each, with a first guess of 1/2 ± 1/2
    total = np.concatenate([[0.0], np.cumsum(values)[:-1]])
    guess = (0.5 + total) / (before + 1)
    squares = np.concatenate([[0.0], np.cumsum((values - guess) ** 2)[:-1]])
    variance = (0.25 + squares) / (before + 1)
    gain = guess[:, None] - means
    bet = np.clip(gain / (variance[:, None] + gain**2), 0.0, _STAKE / means)
    capital = np.cumsum(np.log1p(bet * (values[:, None] - means)), axis=0).max(axis=0)
    kept = capital < np.log(1 / alpha)
    first = int(np.argmax(kept)) if kept.any() else _GRID
    return float(first) / _GRID
