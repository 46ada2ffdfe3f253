"""The check "bias_alternatives": is there a model that finds as much and treats groups more alike?

The rule on reasonable alternatives: a difference between groups is not necessary where a model that
finds nearly as much makes a clearly smaller one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.alternatives_paired import compare, resampled
from ind_risk.core.bias.alternatives_sentences import (
    Told,
    alternative_sentence,
    overall_sentence,
    told_of,
)
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.alternatives_paired import Compared
    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.training.alternatives import Alternative

CHECK = "bias_alternatives"
CLAIM = "no_reasonable_alternative"
EACH = "alternative"
_LISTED = 10  # refits without a feature that get a finding of their own


def alternative_findings(
    *,
    member: Membership,
    selected: Mapping[str, NDArray[np.bool_]],
    records: Sequence[Alternative],
    chosen: str,
    policy: Policy,
    seed: int,
    reason: str = "",
) -> list[Finding]:
    """One required finding about all alternatives, and findings that inform about the main ones.

    Every alternative's worst disparity is the largest |selection rate of a group minus that of all
    others| over the groups that reach the minimum, among sponsors with migrants. An alternative is
    better if

    1. its precision at capacity is at most `alternative_precision_margin` below the chosen one's,
    2. its worst disparity is smaller by at least `alternative_disparity_gain`, and
    3. so by more than chance: the lower bound of the gain is above 0 at the level of one look,
       shared out among all alternatives that meet the first condition (Bonferroni: whether *some*
       alternative is better is told as sharply by Holm's steps).

    The standard error of the gain comes from resamples of the sponsors, which are multinomial draws
    of the cells group × selected by the chosen × selected by the alternative, so that the two
    models stay paired; at any number of sponsors they cost the same. In simulation (4,000 worlds
    each, groups of 400 to 3,000 sponsors) a bound at 1.25 % is above 0 in 0.9 to 1.5 % of worlds in
    which both models are equally unfair, and in fewer where both are fair.

    Args:
        member: sponsors and their groups.
        selected: by name of the alternative, whether it selects each sponsor of `member`, (n,).
        records: of the same names, in the order in which they are to be told; the chosen included.
        chosen: name of the chosen model's record.
        policy: margins, level, resamples and smallest count to be shown.
        seed: of the resamples.
        reason: why there are no records, if there are none.

    Returns:
        First the required finding: `refuted` if some alternative is better; `established` if none
        is and a gain as large as the margin of selection parity is excluded; else
        `insufficient_data`. Its details hold the table of all. Then one for every kind, for the
        refits without a feature with the largest gains or losses, and for every better one.
    """
    by_name = {r.name: r for r in records}
    wrong = _wrong(member, selected, by_name, chosen, reason)
    if wrong is not None:
        return [_nothing(wrong, policy)]
    assessable = np.flatnonzero(member.grouping.assessable)
    reference = by_name[chosen]
    compared = [
        compare(r, reference, selected, member, assessable, policy)
        for r in records
        if r.name != chosen
    ]
    wanted = _wanted(compared, policy)
    compared = [
        resampled(c, policy, seed + k) if c.record.name in wanted else c
        for k, c in enumerate(compared)
    ]
    names = [member.grouping.names[g] for g in assessable]
    judged = _Judged(reference, compared, names, policy)
    return [judged.overall(), *(judged.finding(c) for c in judged.listed())]


def _wrong(
    member: Membership,
    selected: Mapping[str, NDArray[np.bool_]],
    records: Mapping[str, Alternative],
    chosen: str,
    reason: str,
) -> str | None:
    """Why nothing can be compared, as a sentence; None if it can."""
    if not records:
        return reason or "There is no model, or none that learned anything, to compare with others."
    if chosen not in records or len(records) < 2:
        return f"The chosen model ({chosen}) and at least one alternative are needed to compare."
    if any(len(selected.get(name, ())) != len(member.group) for name in records):
        return "The selections of the alternatives are not of the sponsors that are audited."
    n, groups = int(member.compared.sum()), member.grouping
    if not any(a and s < n for a, s in zip(groups.assessable, groups.sizes, strict=True)):
        return "No group of sponsors is large enough to be compared with others."
    if not 0 < int(selected[chosen][member.compared].sum()) < n:
        return "The chosen model selects nobody or everybody of the sponsors with migrants."
    return None


def _listed(compared: Sequence[Compared]) -> list[Compared]:
    """Every kind, and the refits without features whose worst difference changes most."""
    refits = [c for c in compared if c.record.left_out]
    refits.sort(key=lambda c: -abs(c.gain))
    return [*(c for c in compared if not c.record.left_out), *refits[:_LISTED]]


def _family(compared: Sequence[Compared]) -> list[Compared]:
    """The alternatives that find nearly as much and are not the very same model."""
    return [c for c in compared if c.nearly_as_good and not c.record.unchanged]


def _wanted(compared: Sequence[Compared], policy: Policy) -> set[str]:
    """Names of those that need a standard error: all that are told of or could be better."""
    family = _family(compared)
    best = [max(family, key=lambda c: c.gain)] if family else []
    could = [c for c in family if c.reaches(policy.bias.alternative_disparity_gain)]
    return {c.record.name for c in (*_listed(compared), *best, *could)}


def _nothing(why: str, policy: Policy) -> Finding:
    return Finding(
        check=CHECK, claim=CLAIM, subject="all", verdict="insufficient_data", estimate=None,
        low=None, high=None, margin=policy.bias.alternative_disparity_gain, n=None,
        sentence=f"{why} Insufficient data; a trained model, labels of an earlier as-of date and "
        f"groups of at least {policy.bias.minimum_group_sponsors:,} sponsors are needed.",
        required=policy.bias.asks_for(CLAIM),
    )  # fmt: skip


class _Judged:
    """All alternatives, judged together."""

    def __init__(
        self,
        reference: Alternative,
        compared: Sequence[Compared],
        names: Sequence[str],
        policy: Policy,
    ) -> None:
        from scipy.special import ndtri

        self._reference, self._compared, self._names = reference, compared, names
        self._policy = policy
        self._family = _family(compared)
        self._level = policy.bias.level / max(len(self._family), 1)
        self._reach = float(ndtri(1 - self._level))
        self._n = int(compared[0].cells.sum())

    def _better(self, one: Compared) -> bool:
        asked = self._policy.bias.alternative_disparity_gain
        beyond = one.gain > self._reach * one.standard_error
        return one.nearly_as_good and one.reaches(asked) and bool(beyond)

    def _excluded(self, told: Told | None) -> bool:
        """Whether a gain as large as the margin of selection parity is excluded."""
        most = self._policy.bias.selection_rate_margin
        return told is not None and told.high is not None and told.high < most

    def listed(self) -> list[Compared]:
        """Those that get a finding of their own."""
        first = _listed(self._compared)
        return first + [c for c in self._compared if self._better(c) and c not in first]

    def overall(self) -> Finding:
        """The one finding that the gate asks for."""
        better = [c for c in self._family if self._better(c)]
        best = max(better or self._family, key=lambda c: c.gain, default=None)
        told = None if best is None else self._told(best)
        excluded = best is None or self._excluded(told)
        verdict: Verdict = (
            "refuted" if better else "established" if excluded else "insufficient_data"
        )
        return Finding(
            check=CHECK, claim=CLAIM, subject="all", verdict=verdict,
            # Without any alternative that finds nearly as much the chosen model is the only one.
            estimate=told.gain if told else 0.0, low=told.low if told else 0.0,
            high=told.high if told else 0.0, margin=self._policy.bias.alternative_disparity_gain,
            n=self._n if self._n >= self._policy.disclosure.minimum_count else None,
            p_value=None if best is None or told is None or told.coarse else self._p_value(best),
            required=self._policy.bias.asks_for(CLAIM),
            sentence=overall_sentence(
                self._reference, told, self._policy, compared=len(self._compared),
                family=len(self._family), excluded=excluded,
                others=[c.record.name for c in better if c is not best],
            ),
            details=self._details(best),
        )  # fmt: skip

    def _details(self, best: Compared | None) -> dict[str, Any]:
        return {
            "chosen": self._reference.name,
            "best": None if best is None else best.record.name,
            "level_of_each": self._level,
            "gain_excluded": self._policy.bias.selection_rate_margin,  # established: high is below
            "nearly_as_good": len(self._family),
            "unchanged": [c.record.name for c in self._compared if c.record.unchanged],
            "alternatives": [
                self._told(c).row() for c in self._compared if not c.record.unchanged
            ],
            "resamples": self._policy.bias.resamples,
        }  # fmt: skip

    def finding(self, one: Compared) -> Finding:
        """The finding of one alternative, which only informs."""
        told = self._told(one)
        return Finding(
            check=CHECK, claim=EACH, subject=one.record.name,
            verdict="refuted" if told.better else "established",
            estimate=told.gain, low=told.low, high=told.high,
            margin=self._policy.bias.alternative_disparity_gain,
            n=self._n if self._n >= self._policy.disclosure.minimum_count else None,
            p_value=None if told.coarse else self._p_value(one), required=False,
            sentence=alternative_sentence(self._reference, told, self._policy),
            details=told.row(),
        )  # fmt: skip

    def _p_value(self, one: Compared) -> float:
        """One-sided, of "the gain is at most 0", adjusted for the alternatives; at most 1."""
        from scipy.special import ndtr

        if not one.standard_error > 0:
            return 0.0 if one.gain > 0 else 1.0
        p = float(ndtr(-one.gain / one.standard_error))
        return min(1.0, p * max(len(self._family), 1))

    def _told(self, one: Compared) -> Told:
        return told_of(
            one, self._reference, self._names, self._policy, reach=self._reach,
            better=self._better(one), confidence=1 - self._level,
        )  # fmt: skip
