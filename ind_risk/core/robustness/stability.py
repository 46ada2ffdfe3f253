"""The check "stability": would other sponsors' labels have sent inspectors elsewhere?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.rates import Interval
from ind_risk.core.findings import Finding, judge_bound
from ind_risk.core.robustness.stability_transitions import transition_counts, transition_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.robustness.retraining import Retrained

CHECK = "stability"
FEWEST = 2  # refits whose mean has an interval
INTERVAL = "Student's t over refits: how well so many refits tell the mean over all possible ones"


def stability_findings(*, retrained: Retrained, policy: Policy) -> list[Finding]:
    """Judge how much of band high refits agree on, and how many bands they change; two findings.

    Args:
        retrained: what refits on resampled labelled sponsors decide.
        policy: bounds, level, smallest count that may be shown.

    Returns:
        "band_high_overlap" and "band_flips"; the latter's details hold the shares of sponsors that
        go from each band to each.
    """
    reason = retrained.reason
    if not reason and len(retrained.refits) < FEWEST:
        reason = f"{len(retrained.refits)} refit tells nothing of spread; ask for more of them."
    if reason:
        return [_unjudged(claim, reason, retrained, policy) for claim in _BOUNDS]
    return [_overlap(retrained, policy), _flips(retrained, policy)]


_BOUNDS = {
    "band_high_overlap": ("stability_overlap_at_least", 1),
    "band_flips": ("stability_flips_at_most", -1),
}


def mean_interval(values: NDArray[np.float64], *, alpha: float) -> Interval:
    """The mean of shares and its (1 − 2·alpha) interval by Student (1908), kept within 0 … 1.

    Args:
        values: one a refit, at least two, shape (refits,).
        alpha: one-sided level of each limit.

    >>> import numpy as np
    >>> found = mean_interval(np.array([0.8, 0.9]), alpha=0.05)
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2)
    (0.85, 0.53, 1.0)
    """
    from scipy.special import stdtrit

    mean, refits = float(values.mean()), len(values)
    reach = float(stdtrit(refits - 1, 1 - alpha) * values.std(ddof=1) / np.sqrt(refits))
    return Interval(mean, max(mean - reach, 0.0), min(mean + reach, 1.0))


def _overlap(retrained: Retrained, policy: Policy) -> Finding:
    high = retrained.candidate == 0
    shares = (retrained.refits[:, high] == 0).mean(axis=1)
    return _judged(
        "band_high_overlap", "band high", shares, retrained, policy, {},
        "of the sponsors in band high are there again",
    )  # fmt: skip


def _flips(retrained: Retrained, policy: Policy) -> Finding:
    shares = (retrained.refits != retrained.candidate).mean(axis=1)
    counts = transition_counts(retrained.candidate, retrained.refits)
    minimum = policy.disclosure.minimum_count
    return _judged(
        "band_flips", "all bands", shares, retrained, policy,
        {"transitions": transition_shares(counts, minimum=minimum)},
        "of the sponsors change band",
    )  # fmt: skip


def _judged(
    claim: str,
    subject: str,
    shares: NDArray[np.float64],
    retrained: Retrained,
    policy: Policy,
    details: dict[str, Any],
    said: str,
) -> Finding:
    bound, sign = _bound(claim, policy)
    alpha = policy.robustness.alpha
    found = mean_interval(shares, alpha=alpha)
    low, high = sorted((sign * found.low, sign * found.high))
    verdict = judge_bound(low=low, high=high, at_least=sign * bound)
    estimate, below, above = (f"{100 * x:.1f} %" for x in (found.estimate, found.low, found.high))
    end = {"established": "and shown.", "refuted": "and refuted."}.get(
        verdict, "which so few refits neither show nor refute."
    )
    sentence = (
        f"If the {retrained.kind} is trained again on {len(shares)} resamples of the "
        f"{retrained.sponsors:,} labelled sponsors, on average {estimate} "
        f"({100 * (1 - 2 * alpha):.0f} % interval {below} to {above}) {said}; at "
        f"{'least' if sign > 0 else 'most'} {100 * bound:.0f} % is asked, {end}"
    )
    spread = {"lowest": float(shares.min()), "highest": float(shares.max())}
    return Finding(
        check=CHECK,
        claim=claim,
        subject=subject,
        verdict=verdict,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        margin=bound,
        n=_shown(len(retrained.candidate), policy),
        sentence=sentence,
        details={"refits": len(shares), "interval": INTERVAL, **spread, **details},
        required=policy.robustness.asks_for(claim, verdict),
    )


def _unjudged(claim: str, reason: str, retrained: Retrained, policy: Policy) -> Finding:
    return Finding(
        check=CHECK,
        claim=claim,
        subject="band high" if claim == "band_high_overlap" else "all bands",
        verdict="insufficient_data",
        estimate=None,
        low=None,
        high=None,
        margin=_bound(claim, policy)[0],
        n=_shown(len(retrained.sponsor_ids), policy),
        sentence=reason,
        details={"refits": len(retrained.refits)},
        required=policy.robustness.asks_for(claim, "insufficient_data"),
    )


def _bound(claim: str, policy: Policy) -> tuple[float, int]:
    """The bound of a claim, and 1 for "at least" or -1 for "at most"."""
    name, sign = _BOUNDS[claim]
    return float(getattr(policy.robustness, name)), sign


def _shown(count: int, policy: Policy) -> int | None:
    return count if count >= policy.disclosure.minimum_count else None
