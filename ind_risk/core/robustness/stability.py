"""The check "stability": would other sponsors' labels have sent inspectors elsewhere?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.core.findings import Finding
from ind_risk.core.robustness.stability_claims import FLIPS, OVERLAP, bound_of, claims
from ind_risk.core.robustness.stability_transitions import transition_counts, transition_shares

if TYPE_CHECKING:
    from ind_risk.core.policy import Policy
    from ind_risk.core.robustness.retraining import Retrained
    from ind_risk.core.robustness.stability_claims import Claim

CHECK = "stability"
INTERVAL = "by betting (Waudby-Smith and Ramdas, 2024): for any spread and number of refits"
_SUBJECTS = {OVERLAP: "band high", FLIPS: "all bands"}
_SAID = {
    OVERLAP: "of the sponsors in band high are there again",
    FLIPS: "of the sponsors change band",
}


def stability_findings(*, retrained: Retrained, policy: Policy) -> list[Finding]:
    """Judge how much of band high refits agree on, and how many bands they change; two findings.

    Args:
        retrained: what refits on resampled labelled sponsors decide.
        policy: bounds, level, smallest count that may be shown.

    Returns:
        "band_high_overlap" and "band_flips"; the latter's details hold the shares of sponsors that
        go from each band to each.
    """
    if retrained.reason:
        return [_unjudged(claim, retrained.reason, retrained, policy) for claim in _SUBJECTS]
    overlap, flips = claims(retrained.candidate, retrained.refits, policy)
    counts = transition_counts(retrained.candidate, retrained.refits)
    shares = transition_shares(counts, minimum=policy.disclosure.minimum_count)
    return [
        _judged(overlap, retrained, policy, {}),
        _judged(flips, retrained, policy, {"transitions": shares}),
    ]


def _judged(claim: Claim, retrained: Retrained, policy: Policy, details: dict[str, Any]) -> Finding:
    found, shares, alpha = claim.found, claim.shares, policy.robustness.alpha
    estimate, below, above = (f"{100 * x:.1f} %" for x in (found.estimate, found.low, found.high))
    end = {"established": "and shown.", "refuted": "and refuted."}.get(
        claim.verdict, "which so many refits neither show nor refute."
    )
    sentence = (
        f"If the {retrained.kind} is trained again on {len(shares)} resamples of the "
        f"{retrained.sponsors:,} labelled sponsors, on average {estimate} "
        f"({100 * (1 - 2 * alpha):.0f} % interval {below} to {above}) "
        f"{_SAID[claim.name]}; at {'least' if claim.at_least else 'most'} "
        f"{100 * claim.bound:.0f} % is asked, {end}"
    )
    spread = {"lowest": float(shares.min()), "highest": float(shares.max())}
    return Finding(
        check=CHECK,
        claim=claim.name,
        subject=_SUBJECTS[claim.name],
        verdict=claim.verdict,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        margin=claim.bound,
        n=_shown(len(retrained.candidate), policy),
        sentence=sentence,
        details={
            "refits": len(shares), "alpha": alpha, "interval": INTERVAL, **spread, **details,
        },
        required=policy.robustness.asks_for(claim.name, claim.verdict),
    )  # fmt: skip


def _unjudged(claim: str, reason: str, retrained: Retrained, policy: Policy) -> Finding:
    return Finding(
        check=CHECK,
        claim=claim,
        subject=_SUBJECTS[claim],
        verdict="insufficient_data",
        estimate=None,
        low=None,
        high=None,
        margin=bound_of(claim, policy),
        n=_shown(len(retrained.sponsor_ids), policy),
        sentence=reason,
        details={"refits": len(retrained.refits)},
        required=policy.robustness.asks_for(claim, "insufficient_data"),
    )


def _shown(count: int, policy: Policy) -> int | None:
    return count if count >= policy.disclosure.minimum_count else None
