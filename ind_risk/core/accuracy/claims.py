"""A one-sided claim on the random arm, and what its finding says whatever the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.accuracy.rates import Interval, Rate, quantile, wilson
from ind_risk.core.findings import Finding, judge_bound

if TYPE_CHECKING:
    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A one-sided claim and what its finding says whatever the verdict.

    Args:
        name: of the claim, as in its finding.
        bound: of the policy.
        arm: the random arm.
        policy: level, smallest count that may be shown.
        shows: how many inspections would show it, as a sentence.
        details: of the finding.
        at_most: whether the bound is one from above.
    """

    name: str
    bound: float
    arm: RandomArm
    policy: Policy
    shows: str
    details: dict[str, Any]
    at_most: bool = False

    def add(self, **rates: Rate) -> None:
        """Put rates with their own intervals into the details."""
        for name, rate in rates.items():
            limits = wilson(rate, z=quantile(self.policy.accuracy_level, rate.effective))
            self.details.update(
                {name: rate.value, f"{name}_low": limits.low, f"{name}_high": limits.high}
            )

    def said(self, found: Interval) -> str:
        """An interval in words."""
        level = 100 * (1 - 2 * self.policy.accuracy_level)
        return f"{found.estimate:.2f} ({level:.0f} % interval {found.low:.2f} to {found.high:.2f})"

    def said_per_cent(self, found: Interval) -> str:
        """An interval of shares in words."""
        level, (p, low, high) = 100 * (1 - 2 * self.policy.accuracy_level), _per_cent(found)
        return f"{p:.1f} % ({level:.0f} % interval {low:.1f} to {high:.1f} %)"

    def without(self, reason: str) -> Finding:
        """Nothing can be said, and what would change that."""
        return self._finding(None, "insufficient_data", reason + self.shows)

    def judged(
        self, found: Interval, said: str, *, shown: Interval | None = None, remark: str = ""
    ) -> Finding:
        """The verdict of the design by the interval against the bound.

        Args:
            found: decides.
            said: what was found, as the middle of a sentence.
            shown: coarser figures to publish, where `found` would give a small count away.
            remark: a further sentence.
        """
        verdict = self._verdict(found)
        open_end = ", which these inspections neither show nor refute." + self.shows
        ends = {"established": ", and shown.", "refuted": ", and refuted."}
        sentence = f"On {self.arm.n:,} random inspections {said}{ends.get(verdict, open_end)}"
        return self._finding(shown or found, verdict, sentence + remark)

    def _verdict(self, found: Interval) -> Verdict:
        if self.at_most:
            return judge_bound(low=-found.high, high=-found.low, at_least=-self.bound)
        return judge_bound(low=found.low, high=found.high, at_least=self.bound)

    def _finding(self, found: Interval | None, verdict: Verdict, sentence: str) -> Finding:
        limits = (None, None, None) if found is None else (found.estimate, found.low, found.high)
        return Finding(
            check="accuracy_established",
            claim=self.name,
            subject="all",
            verdict=verdict,
            estimate=limits[0],
            low=limits[1],
            high=limits[2],
            margin=self.bound,
            n=self.arm.n,
            sentence=sentence + self.arm.remark(),
            details={**self.arm.counts(self.policy.disclosure.minimum_count), **self.details},
        )


def _per_cent(found: Interval) -> tuple[float, float, float]:
    return 100 * found.estimate, 100 * found.low, 100 * found.high
