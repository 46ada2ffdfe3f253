"""Two models' worst differences between groups, paired sponsor by sponsor, and what chance does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.policy import Policy
    from ind_risk.core.training.alternatives import Alternative

    Floats = NDArray[np.float64]

_STREAM = 7_002  # of its own, whatever else draws by this seed
_ROUNDING = 1e-12  # a gain of exactly the margin reaches it


@dataclass(frozen=True, eq=False)
class Compared:
    """One alternative beside the chosen model.

    Args:
        record: what it is and how much it finds.
        cells: sponsors by group (the last one: in no assessable group), by whether the chosen model
            selects them, and by whether the alternative does; shape (groups + 1, 2, 2).
        worst, chosen_worst: largest |difference of selection rates|.
        nearly_as_good: finds at most the policy's margin less than the chosen model.
        standard_error: of the gain, from resamples; NaN where none were drawn.
    """

    record: Alternative
    cells: NDArray[np.int64]
    worst: float
    chosen_worst: float
    nearly_as_good: bool
    standard_error: float = float("nan")

    @property
    def gain(self) -> float:
        """By how much the worst difference is smaller than the chosen model's."""
        return self.chosen_worst - self.worst

    def reaches(self, gain: float) -> bool:
        """Whether the gain is at least so large."""
        return self.gain >= gain - _ROUNDING


def compare(
    record: Alternative,
    reference: Alternative,
    selected: Mapping[str, NDArray[np.bool_]],
    member: Membership,
    assessable: NDArray[np.int64],
    policy: Policy,
) -> Compared:
    """Count the sponsors with migrants by group and by which of the two models selects them.

    Args:
        record, reference: the alternative and the chosen model.
        selected: by name, shape (n,).
        member: the sponsors and their groups.
        assessable: numbers of the groups that are compared.
        policy: how much less an alternative may find.
    """
    number = np.full(len(member) + 1, len(assessable), dtype=np.int64)
    number[assessable] = np.arange(len(assessable))
    inside = member.compared
    place = number[member.group[inside]]  # -1, no group, is the last of `number`
    first, second = (selected[r.name][inside].astype(np.int64) for r in (reference, record))
    width = len(assessable) + 1
    cells = np.bincount(place * 4 + first * 2 + second, minlength=width * 4)
    cells = cells.reshape(width, 2, 2).astype(np.int64)
    of_chosen, of_other = (np.abs(d) for d in differences(cells))
    margin = policy.bias.alternative_precision_margin
    return Compared(
        record, cells, float(of_other.max()), float(of_chosen.max()),
        record.precision >= reference.precision - margin - _ROUNDING,
    )  # fmt: skip


def differences(cells: NDArray[Any]) -> tuple[Floats, Floats]:
    """Selection rate of each assessable group minus that of all others, of both models.

    Args:
        cells: shape (…, groups + 1, 2, 2).

    Returns:
        Two arrays of shape (…, groups); 0 where a group or its others are empty.
    """
    n = cells.sum(axis=(-1, -2)).astype(float)
    made = []
    for axis in (-1, -2):
        x = cells.sum(axis=axis)[..., 1].astype(float)
        others, rest = (v.sum(axis=-1, keepdims=True) - v for v in (n, x))
        d = x / np.maximum(n, 1.0) - rest / np.maximum(others, 1.0)
        made.append(np.where((n == 0) | (others == 0), 0.0, d)[..., :-1])
    return made[0], made[1]


def resampled(compared: Compared, policy: Policy, seed: int) -> Compared:
    """With the standard error of the gain over multinomial resamples of the cells."""
    cells = compared.cells
    n = int(cells.sum())
    rng = np.random.default_rng([seed, _STREAM])
    draws = rng.multinomial(n, cells.ravel() / n, size=policy.bias.resamples)
    first, second = differences(draws.reshape(-1, *cells.shape))
    gains = np.abs(first).max(axis=-1) - np.abs(second).max(axis=-1)
    error = float(gains.std(ddof=1)) if len(gains) > 1 else float("inf")
    return replace(compared, standard_error=error)
