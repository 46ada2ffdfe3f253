"""The check "band_order": non-compliance rises from band low over middle to high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.core.accuracy.planning import inspections_for_bands, needed
from ind_risk.core.accuracy.random_arm import RandomArm, cannot_judge, random_arm, shown
from ind_risk.core.accuracy.rates import (
    Interval,
    Rate,
    newcombe_difference,
    quantile,
    weighted_rate,
    wilson,
)
from ind_risk.core.bands import BANDS
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

PAIRS = (("high", "middle"), ("middle", "low"))


def band_order_findings(*, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Judge each band against the next lower one on the random arm; always two findings.

    The interval of a difference is a (1 − 2·alpha) one: "established" if its lower end, a
    one-sided (1 − alpha) bound, is above 0; "refuted" if its upper end is below 0.

    Args:
        judged: as for `accuracy_findings`.
        policy: level (`band_order_alpha`), capacity, smallest count to be shown.

    Returns:
        "high_above_middle" and "middle_above_low", with `details["bands"]`: per band rate, low,
        high and n, null where there are none or, for n, too few to be shown.

    Raises:
        IndRiskError: if a column is missing.
    """
    arm = random_arm(judged)
    rates = {b: weighted_rate(arm.outcome[arm.band == b], arm.weight[arm.band == b]) for b in BANDS}
    details = {
        **arm.counts(policy.disclosure.minimum_count),
        "bands": {b: _band(rate, policy) for b, rate in rates.items()},
    }
    return [_pair(arm, policy, rates, details, pair) for pair in PAIRS]


def _band(rate: Rate | None, policy: Policy) -> dict[str, Any]:
    if rate is None:
        return {"rate": None, "low": None, "high": None, "n": 0}
    limits = wilson(rate, z=quantile(policy.band_order_level, rate.effective))
    n = shown(rate.n, policy.disclosure.minimum_count)
    return {"rate": rate.value, "low": limits.low, "high": limits.high, "n": n}


def _pair(
    arm: RandomArm,
    policy: Policy,
    rates: dict[str, Rate | None],
    details: dict[str, Any],
    pair: tuple[str, str],
) -> Finding:
    (above, below), (first, second) = pair, (rates[pair[0]], rates[pair[1]])
    n_needed = inspections_for_bands(policy, above, below)
    shows = needed(n_needed, f"more non-compliance in band {above} than in band {below}")
    found: Interval | None = None
    verdict: Verdict = "insufficient_data"
    if reason := cannot_judge(arm):
        sentence = reason + shows
    elif first is None or second is None:
        sentence = f"No random inspection is of band {above if first is None else below}.{shows}"
    else:
        z = quantile(policy.band_order_level, first.effective, second.effective)
        found = newcombe_difference(first, second, z=z)
        verdict = _verdict(found)
        sentence = _sentence(pair, (first, second), found, policy)
        sentence += shows if verdict == "insufficient_data" else ""
    return Finding(
        check="band_order",
        claim=f"{above}_above_{below}",
        subject=f"{above} vs {below}",
        verdict=verdict,
        estimate=None if found is None else found.estimate,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        margin=0.0,
        n=sum(r.n for r in (first, second) if r is not None),
        sentence=sentence + arm.remark(),
        details={**details, "inspections_needed": n_needed},
    )


def _verdict(found: Interval) -> Verdict:
    if found.low > 0:
        return "established"
    return "refuted" if found.high < 0 else "insufficient_data"


def _sentence(
    pair: tuple[str, str], rates: tuple[Rate, Rate], found: Interval, policy: Policy
) -> str:
    ends = {
        "established": "more, as it should be.",
        "refuted": "fewer, though there should be more.",
        "insufficient_data": "which neither shows nor refutes that there are more.",
    }
    level = 100 * (1 - 2 * policy.band_order_level)
    return (
        f"Of randomly inspected sponsors {100 * rates[0].value:.1f} % in band {pair[0]} and "
        f"{100 * rates[1].value:.1f} % in band {pair[1]} are non-compliant, a difference of "
        f"{100 * found.estimate:.1f} points ({level:.0f} % interval {100 * found.low:.1f} to "
        f"{100 * found.high:.1f}): {ends[_verdict(found)]}"
    )
