"""How many visits of a worklist come by which route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from ind_risk.core.policy import Sampling


@dataclass(frozen=True, kw_only=True)
class RouteMix:
    """Visits by profile (highest ranks), at random, and after a signal."""

    profile: int
    random: int
    signal: int


def route_mix(size: int, sampling: Sampling) -> RouteMix:
    """Share visits out by the policy's shares: whole parts, then the largest remainders.

    Equal remainders go to the random route first, then to the profile: without random visits
    nothing can be judged.

    Args:
        size: visits, at least 0.
        sampling: the shares.

    Raises:
        IndRiskError: if the size is below 0.
    """
    if size < 0:
        raise IndRiskError(f"A worklist of {size} visits cannot be; give 0 or more.")
    exact = {
        "random": size * sampling.random_share,
        "profile": size * sampling.profile_share,
        "signal": size * sampling.signal_share,
    }
    exact = {route: round(share, 9) for route, share in exact.items()}  # 0.29 · 100 is 28.99…
    whole = {route: int(share) for route, share in exact.items()}
    left = size - sum(whole.values())
    for route in sorted(exact, key=lambda r: whole[r] - exact[r])[:left]:
        whole[route] += 1
    return RouteMix(**whole)
