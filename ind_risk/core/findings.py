"""A finding: one claim, its number, its interval, and one of the verdicts of the design."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verdict = Literal[
    "equivalent", "disparity", "risk_signalled", "insufficient_data", "established", "refuted"
]
GREEN: frozenset[str] = frozenset({"equivalent", "established"})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One claim the gate needs, judged.

    Args:
        check: name of the check it belongs to, as in the policy.
        claim: short machine name of the claim ("selection_rate_difference", "auc").
        subject: what it is about ("IND", "all", "high vs middle").
        verdict: see the design, section 5.
        estimate, low, high: point estimate and interval, in the unit of the claim; None if none.
        margin: equivalence margin, or the bound of a one-sided claim.
        n: number of units (sponsors or inspections) it rests on; None if too few to be told.
        minimal_detectable_effect, power: at the margin, with this n; None if not computed.
        p_value: None if there is no test.
        sentence: one sentence for people, with the numbers in it.
        details: further JSON-able numbers for the evidence file.
        required: False for a view that only informs: the gate neither asks for it nor counts it.
    """

    check: str
    claim: str
    subject: str
    verdict: Verdict
    estimate: float | None
    low: float | None
    high: float | None
    n: int | None
    sentence: str
    margin: float | None = None
    minimal_detectable_effect: float | None = None
    power: float | None = None
    p_value: float | None = None
    details: dict[str, Any] = field(default_factory=dict)
    required: bool = True

    @property
    def green(self) -> bool:
        """Whether this finding speaks for release; a NaN never does."""
        numbers = (self.estimate, self.low, self.high)
        finite = all(x is not None and math.isfinite(x) for x in numbers)
        return self.verdict in GREEN and finite

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; numbers that are not finite become None."""
        return {k: _finite(v) for k, v in asdict(self).items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value


def all_green(findings: list[Finding]) -> bool:
    """True only if a finding is required and all required ones are green (intersection–union)."""
    required = [f for f in findings if f.required]
    return bool(required) and all(f.green for f in required)


def judge_difference(
    *, estimate: float, tost_low: float, tost_high: float, low: float, high: float, margin: float
) -> Verdict:
    """The rule of the design for a difference and its margin.

    Args:
        estimate: observed difference d.
        tost_low: lower end of the (1 - 2 alpha) interval.
        tost_high: its upper end.
        low: lower end of the (1 - alpha) interval.
        high: its upper end.
        margin: delta > 0.

    >>> def verdict(d, tost_low, tost_high, low, high):
    ...     return judge_difference(
    ...         estimate=d, tost_low=tost_low, tost_high=tost_high, low=low, high=high, margin=0.05
    ...     )
    >>> verdict(0.0, -0.01, 0.01, -0.02, 0.02), verdict(0.1, 0.04, 0.2, 0.02, 0.3)
    ('equivalent', 'disparity')
    >>> verdict(0.1, -0.1, 0.2, -0.2, 0.3), verdict(float("nan"), 0, 0, 0, 0)
    ('risk_signalled', 'insufficient_data')
    """
    if not all(math.isfinite(x) for x in (estimate, tost_low, tost_high, low, high)):
        return "insufficient_data"
    if -margin < tost_low and tost_high < margin:
        return "equivalent"
    if low > 0 or high < 0:
        return "disparity"
    if abs(estimate) >= margin:
        return "risk_signalled"
    return "insufficient_data"


def judge_bound(*, low: float, high: float, at_least: float) -> Verdict:
    """The rule for "at least": established if low >= bound, refuted if high < bound.

    For "at most" negate all three arguments. A number that is not finite gives insufficient_data.

    >>> judge_bound(low=0.62, high=0.7, at_least=0.6), judge_bound(low=0.5, high=0.55, at_least=0.6)
    ('established', 'refuted')
    """
    if not all(math.isfinite(x) for x in (low, high, at_least)):
        return "insufficient_data"
    if low >= at_least:
        return "established"
    return "refuted" if high < at_least else "insufficient_data"
