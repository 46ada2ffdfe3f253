"""H1: scores and the nationality composition of a sponsor's migrants are unrelated.

Judged nationality by nationality, and all at once: independent only if every one is shown to be.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.association import associations
from ind_risk.core.bias.groups import pool
from ind_risk.core.bias.independence_sentences import (
    overall_sentence,
    small_sentence,
    strength_sentence,
    void_sentence,
)
from ind_risk.core.bias.permutation import global_test
from ind_risk.core.bias.power import (
    association_power,
    minimal_association,
    sponsors_for_association,
)
from ind_risk.core.bias.ranks import score_ranks, share_ranks
from ind_risk.core.bias.wording import shown
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.association import Associations
    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.permutation import GlobalTest
    from ind_risk.core.bias.population import Population
    from ind_risk.core.bias.ranks import ScoreRanks, ShareRanks
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

CHECK = "bias_independence"
STRENGTH = "rank_correlation"
OVERALL = "score_nationality_association"
# An association of twice the margin must be possible, or to find less than the margin is no news.
HEADROOM = 2.0


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything the findings are written from, over the sponsors with migrants.

    Args:
        n: sponsors with migrants.
        grouping: nationalities and pools, by sponsors that have any migrant of them.
        judged: numbers of the assessable groups; the arrays below follow their order.
        strength: rank correlations.
        test: global permutation test of the assessable groups.
        policy: margins, level, smallest count to be shown.
    """

    n: int
    grouping: Grouping
    judged: list[int]
    strength: Associations
    test: GlobalTest
    policy: Policy


def independence_findings(people: Population, *, policy: Policy, seed: int) -> list[Finding]:
    """The finding on all nationalities together, then one for each group.

    A sponsor's share of a nationality is its migrants of it over all its migrants, those of
    unknown nationality included. A group needs `minimum_group_sponsors` sponsors with any migrant
    of it, and so many that twice the margin can be reached (`fewest`); smaller ones are pooled by
    the rule of `groups.pool`, the share of a pool being the sum of its members' shares.

    - Each group: Spearman's rank correlation; equivalent if its widened (1 - 2 alpha) interval
      lies inside the margin, else judged by the (1 - alpha) interval.
    - All together ("score_nationality_association"): the largest |rho|. Equivalent only if every
      group is (intersection-union test: Berger, 1982, Technometrics 24:295), which is when its
      upper bound, the largest end of all intervals, is below the margin. Else a disparity if the
      permutation test rejects; its p-value alone never passes anything.

    Args:
        people: at least one sponsor with migrants.
        policy: margins, level, resamples.
        seed: of Monte Carlo permutations, where they are needed.
    """
    there = people.with_migrants
    n = int(there.sum())
    scores = score_ranks(people.score[there])
    grouping = pool(
        people.codes,
        size=lambda group: sponsors_with_any(people, group),
        minimum=fewest(n, policy),
    )
    judged = [int(g) for g in np.flatnonzero(grouping.assessable)]
    shares = _shares(people, grouping, judged)
    evidence = Evidence(
        n=n, grouping=grouping, judged=judged, strength=associations(scores, shares),
        test=_tested(scores, shares, policy, seed), policy=policy,
    )  # fmt: skip
    rows = _rows(evidence)
    return [_overall(evidence, rows), *rows]


def fewest(n: int, policy: Policy) -> float:
    """Sponsors with any migrant of a group that make it assessable among n.

    With m of n shares above 0 no score can have a rank correlation above sqrt(1 - (1 - m/n)^3);
    that must be `HEADROOM` times the margin.
    """
    wanted = min(HEADROOM * policy.bias.association_margin, 1.0)
    rarest = n * (1 - (1 - wanted**2) ** (1 / 3))
    return float(max(policy.bias.minimum_group_sponsors, rarest))


def sponsors_with_any(people: Population, group: Ints) -> Ints:
    """Sponsors with at least one migrant of each group; `group` numbers each code, -1 none."""
    width = int(group.max()) + 1 if len(group) else 0
    members = np.bincount(group[group >= 0], minlength=width)
    per_code = np.bincount(people.code, minlength=len(group))
    found = np.bincount(group[group >= 0], per_code[group >= 0], width).astype(np.int64)
    # Only a pool of several nationalities can meet a sponsor twice.
    pools = members > 1
    of_entry = group[people.code]
    kept = (of_entry >= 0) & pools[of_entry]
    pairs = np.unique(people.sponsor[kept] * max(width, 1) + of_entry[kept])
    distinct = np.bincount(pairs % max(width, 1), minlength=width)
    return np.where(pools, distinct, found).astype(np.int64)


def _shares(people: Population, grouping: Grouping, judged: list[int]) -> ShareRanks:
    """Share ranks of the judged groups among the sponsors with migrants."""
    there = people.with_migrants
    row = np.cumsum(there) - 1
    number = np.full(len(grouping.names) + 1, -1, dtype=np.int64)
    number[judged] = np.arange(len(judged))
    group = number[grouping.group_of_code[people.code]]
    kept = group >= 0
    width = max(len(judged), 1)
    key, place = np.unique(people.sponsor[kept] * width + group[kept], return_inverse=True)
    migrants = np.bincount(place, people.migrants[kept], len(key))
    sponsor = key // width
    return share_ranks(
        group=key % width, sponsor=row[sponsor], share=migrants / people.total[sponsor],
        groups=len(judged), n=int(there.sum()),
    )  # fmt: skip


def _tested(scores: ScoreRanks, shares: ShareRanks, policy: Policy, seed: int) -> GlobalTest:
    return global_test(scores, shares, resamples=policy.bias.resamples, seed=seed)


def _rows(evidence: Evidence) -> list[Finding]:
    """One finding for each group, assessable or not."""
    alpha, strength = evidence.policy.bias.alpha, evidence.strength
    narrow = np.column_stack(strength.interval(1 - 2 * alpha, widened=True))
    wide = np.column_stack(strength.interval(1 - alpha))
    p_values = strength.p_value()
    place = {group: k for k, group in enumerate(evidence.judged)}
    rows = []
    for group in range(len(evidence.grouping.names)):
        k = place.get(group)
        if k is None:
            rows.append(_small(evidence, group))
        elif not _tellable(evidence, k):
            rows.append(_void(evidence, group, float(strength.attainable[k])))
        else:
            ends = [float(v) for v in (*narrow[k], *wide[k])]
            rows.append(_judged(evidence, group, k, ends, float(p_values[k])))
    return rows


def _tellable(evidence: Evidence, k: int) -> bool:
    """Whether scores and shares vary, and shares so much that the margin means something."""
    wanted = min(HEADROOM * evidence.policy.bias.association_margin, 0.99)
    strength = evidence.strength
    return bool(np.isfinite(strength.rho[k]) and strength.attainable[k] >= wanted)


def _judged(evidence: Evidence, group: int, k: int, ends: list[float], p_value: float) -> Finding:
    policy, n = evidence.policy, evidence.n
    alpha, margin = policy.bias.alpha, policy.bias.association_margin
    rho, name = float(evidence.strength.rho[k]), evidence.grouping.names[group]
    verdict = judge_difference(
        estimate=rho, tost_low=ends[0], tost_high=ends[1], low=ends[2], high=ends[3], margin=margin
    )
    return Finding(
        check=CHECK, claim=STRENGTH, subject=name, verdict=verdict, estimate=rho, low=ends[0],
        high=ends[1], margin=margin, n=n, p_value=p_value,
        minimal_detectable_effect=minimal_association(n=n, alpha=alpha),
        power=association_power(n=n, margin=margin, alpha=alpha),
        sentence=strength_sentence(
            name, rho=rho, ends=ends, alpha=alpha, margin=margin, verdict=verdict,
            required=sponsors_for_association(margin=margin, alpha=alpha, rho=rho), n=n,
        ),
        details={
            **_facts(evidence, group), "confidence": 1 - 2 * alpha, "wide_confidence": 1 - alpha,
            "wide_interval": ends[2:], "attainable": float(evidence.strength.attainable[k]),
            "standard_error": float(evidence.strength.standard_error[k]),
            "degrees_of_freedom": float(evidence.strength.freedom[k]),
            "method": "Spearman, influence-function standard error, Fisher's z, Student's t",
        },
    )  # fmt: skip


def _small(evidence: Evidence, group: int) -> Finding:
    """A group that too few sponsors have any migrant of."""
    grouping, policy = evidence.grouping, evidence.policy
    return _unjudged(
        evidence, group,
        small_sentence(
            grouping.names[group], members=grouping.members[group],
            size=int(grouping.sizes[group]), n=evidence.n, required=fewest(evidence.n, policy),
            minimum=policy.disclosure.minimum_count,
        ),
    )  # fmt: skip


def _void(evidence: Evidence, group: int, attainable: float) -> Finding:
    """A group for which a correlation says nothing, because scores or shares hardly differ."""
    margin = evidence.policy.bias.association_margin
    return _unjudged(
        evidence, group,
        void_sentence(evidence.grouping.names[group], attainable=attainable, margin=margin),
    )  # fmt: skip


def _unjudged(evidence: Evidence, group: int, sentence: str) -> Finding:
    return Finding(
        check=CHECK, claim=STRENGTH, subject=evidence.grouping.names[group],
        verdict="insufficient_data", estimate=None, low=None, high=None,
        margin=evidence.policy.bias.association_margin, n=evidence.n, sentence=sentence,
        details=_facts(evidence, group),
    )  # fmt: skip


def _facts(evidence: Evidence, group: int) -> dict[str, Any]:
    grouping, minimum = evidence.grouping, evidence.policy.disclosure.minimum_count
    return {
        "members": list(grouping.members[group]),
        "sponsors_with_any": shown(grouping.sizes[group], minimum),
        "global_p_value": evidence.test.p_value if evidence.test.freedom else None,
    }


def _overall(evidence: Evidence, rows: list[Finding]) -> Finding:
    """The strongest association, judged by intersection-union."""
    policy, test = evidence.policy, evidence.test
    alpha, margin = policy.bias.alpha, policy.bias.association_margin
    seen = [r for r in rows if r.estimate is not None]
    strongest = max(seen, key=lambda r: abs(r.estimate or 0.0), default=None)
    estimate = abs(strongest.estimate or 0.0) if strongest else None
    high = max((max(abs(r.low or 0.0), abs(r.high or 0.0)) for r in seen), default=None)
    verdict = _overall_verdict(rows, estimate=estimate, policy=policy, test=test)
    return Finding(
        check=CHECK, claim=OVERALL, subject="all", verdict=verdict, estimate=estimate,
        low=_lower(evidence, seen), high=high, margin=margin, n=evidence.n,
        minimal_detectable_effect=minimal_association(n=evidence.n, alpha=alpha),
        power=association_power(n=evidence.n, margin=margin, alpha=alpha),
        p_value=test.p_value if test.freedom else None,
        sentence=overall_sentence(
            strongest.subject if strongest else None, estimate=estimate, high=high, alpha=alpha,
            margin=margin, verdict=verdict, groups=len(seen), unjudged=len(rows) - len(seen),
            p_value=test.p_value, tested=test.freedom > 0,
        ),
        details={
            "groups": len(rows), "groups_judged": len(seen), "confidence": 1 - alpha,
            "global_test": asdict(test),
            "method": "largest |rho|, intersection-union; permutation test: Strasser and Weber",
        },
    )  # fmt: skip


def _overall_verdict(
    rows: list[Finding], *, estimate: float | None, policy: Policy, test: GlobalTest
) -> Verdict:
    if rows and all(r.verdict == "equivalent" for r in rows):
        return "equivalent"
    if test.freedom and test.p_value <= policy.bias.alpha:
        return "disparity"
    if estimate is not None and estimate >= policy.bias.association_margin:
        return "risk_signalled"
    return "insufficient_data"


def _lower(evidence: Evidence, seen: list[Finding]) -> float | None:
    """Lower (1 - alpha) bound of the largest |rho|: Bonferroni over the groups judged."""
    if not seen:
        return None
    level = 1 - evidence.policy.bias.alpha / len(seen)
    low, high = evidence.strength.interval(level)
    judged = [k for k in range(len(low)) if _tellable(evidence, k)]
    return float(np.max(np.maximum(low, -high)[judged], initial=0.0))
