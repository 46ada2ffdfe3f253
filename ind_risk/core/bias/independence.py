"""H1: whether scores and the nationalities of a sponsor's migrants are unrelated.

Each nationality's rank correlation with the score must lie inside the margin; one permutation
test of all together stands beside it. Not significant is never a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.association import associations
from ind_risk.core.bias.groups import pool
from ind_risk.core.bias.multiplicity import holm
from ind_risk.core.bias.permutation import global_test
from ind_risk.core.bias.ranks import score_ranks, share_ranks
from ind_risk.core.bias.wording import VERDICT_WORDS, codes, confidence, shown, sponsors
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.association import Associations
    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.permutation import GlobalTest
    from ind_risk.core.bias.population import Population
    from ind_risk.core.bias.ranks import ShareRanks
    from ind_risk.core.policy import Policy

CHECK = "bias_independence"
CLAIM = "score_nationality_association"


def independence_findings(*, people: Population, policy: Policy, seed: int) -> list[Finding]:
    """One finding a nationality (or pool of nationalities), over sponsors with migrants.

    The estimate is Spearman's rank correlation of the score with the nationality's share among a
    sponsor's migrants; its (1 - 2 alpha) interval must lie inside the margin. By intersection and
    union the largest association of all is then inside it too.

    Args:
        people: as `population` gives it, at least one sponsor with migrants.
        policy: level, margin, minimum group and resamples.
        seed: of the permutations, where chi-square is not near enough.
    """
    there = people.with_migrants
    row = np.cumsum(there) - 1
    n = int(there.sum())

    def size(group: NDArray[np.int64]) -> NDArray[np.int64]:
        return _sponsors_in(people, group)

    grouping = pool(people.codes, size=size, minimum=policy.bias.minimum_group_sponsors)
    shares = _shares(people, grouping, row=row, n=n)
    ranks = score_ranks(people.score[there])
    found = associations(ranks, shares)
    test = global_test(ranks, shares, resamples=policy.bias.resamples, seed=seed)
    adjusted = holm(np.nan_to_num(found.p_value(), nan=1.0))
    return [
        _finding(grouping, g, found, float(adjusted[g]), test, policy)
        for g in range(len(grouping.names))
    ]


def _sponsors_in(people: Population, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sponsors with at least one migrant of each group."""
    of_entry = group[people.code] if len(people.codes) else people.code
    kept = of_entry >= 0
    width = int(group.max()) + 1 if len(group) else 0
    pairs = np.unique(people.sponsor[kept] * max(width, 1) + of_entry[kept])
    return np.bincount(pairs % max(width, 1), minlength=max(width, 0)).astype(np.int64)


def _shares(
    people: Population, grouping: Grouping, *, row: NDArray[np.int64], n: int
) -> ShareRanks:
    groups = len(grouping.names)
    of_entry = grouping.group_of_code[people.code]
    kept = of_entry >= 0
    key = people.sponsor[kept] * max(groups, 1) + of_entry[kept]
    pairs, place = np.unique(key, return_inverse=True)
    migrants = np.bincount(place, people.migrants[kept], len(pairs))
    sponsor = pairs // max(groups, 1)
    return share_ranks(
        group=pairs % max(groups, 1),
        sponsor=row[sponsor],
        share=migrants / people.total[sponsor],
        groups=groups,
        n=n,
    )


def _finding(
    grouping: Grouping,
    g: int,
    found: Associations,
    adjusted: float,
    test: GlobalTest,
    policy: Policy,
) -> Finding:
    alpha, margin = policy.bias.alpha, policy.bias.association_margin
    size, minimum = int(grouping.sizes[g]), policy.disclosure.minimum_count
    low, high = (float(v[g]) for v in found.interval(1 - 2 * alpha, widened=True))
    wide = [float(v[g]) for v in found.interval(1 - alpha)]
    rho = float(found.rho[g])
    verdict = judge_difference(
        estimate=rho, tost_low=low, tost_high=high, low=wide[0], high=wide[1], margin=margin
    )
    # A margin that no score could reach with these shares would be kept by any model.
    reachable = float(found.attainable[g]) > margin
    if not grouping.assessable[g] or (verdict == "equivalent" and not reachable):
        verdict = "insufficient_data"
    shows = np.isfinite([rho, low, high]).all() and minimum <= size
    numbers: dict[str, Any] = {"estimate": None, "low": None, "high": None, "p_value": None}
    if shows:
        p_value = float(found.p_value()[g])
        numbers = {"estimate": rho, "low": low, "high": high, "p_value": p_value}
    return Finding(
        check=CHECK, claim=CLAIM, subject=grouping.names[g], verdict=verdict, **numbers,
        margin=margin, n=size,
        sentence=_sentence(grouping, g, numbers, verdict=verdict, policy=policy, n=found.n),
        details={
            "members": list(grouping.members[g]),
            "sponsors": shown(size, minimum),
            "sponsors_compared": found.n,
            "confidence": 1 - 2 * alpha,
            "wide_interval": wide if shows else None,
            "holm_p_value": adjusted if shows else None,
            "largest_attainable": float(found.attainable[g]),
            "global_p_value": test.p_value,
            "global_statistic": test.statistic,
            "global_freedom": test.freedom,
            "global_method": test.method,
        },
    )  # fmt: skip


def _sentence(
    grouping: Grouping,
    g: int,
    numbers: dict[str, Any],
    *,
    verdict: str,
    policy: Policy,
    n: int,
) -> str:
    minimum, margin = policy.disclosure.minimum_count, policy.bias.association_margin
    size, name = int(grouping.sizes[g]), grouping.names[g]
    pooled = f" ({codes(grouping.members[g])})" if len(grouping.members[g]) > 1 else ""
    who = f"{name}{pooled}, {sponsors(size, minimum)}"
    if not grouping.assessable[g]:
        needed = policy.bias.minimum_group_sponsors
        return (
            f"Too few sponsors have migrants from {who}, to be judged: at least {needed:,} would "
            "be needed. Insufficient data."
        )
    if numbers["estimate"] is None:
        return (
            f"Scores or shares do not vary for {who}, so nothing can be said. Insufficient data; a "
            "model that tells sponsors apart would help."
        )
    span = f"{numbers['low']:+.3f} to {numbers['high']:+.3f}"
    where = "inside" if verdict == "equivalent" else "judged against"
    return (
        f"Score and share of migrants from {who} of {n:,}: rank correlation "
        f"{numbers['estimate']:+.3f}, {confidence(1 - 2 * policy.bias.alpha)} interval {span}, "
        f"{where} the margin of {margin:g}: {VERDICT_WORDS[verdict]}."
    )
