"""H1: scores and the nationality composition of a sponsor's migrants are unrelated.

Judged nationality by nationality, and all at once: independent only if every one is shown to be.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.bias.association import associations
from ind_risk.core.bias.association_verdicts import judged, lower_bound, overall_verdict
from ind_risk.core.bias.disclosure import hidden
from ind_risk.core.bias.independence_sentences import (
    overall_sentence,
    small_sentence,
    strength_sentence,
    void_sentence,
)
from ind_risk.core.bias.independence_shares import HEADROOM, fewest
from ind_risk.core.bias.permutation import global_test
from ind_risk.core.bias.power import (
    association_power,
    minimal_association,
    sponsors_for_association,
)
from ind_risk.core.bias.wording import shown
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from ind_risk.core.bias.association import Associations
    from ind_risk.core.bias.association_verdicts import Judged
    from ind_risk.core.bias.independence_shares import Ranked
    from ind_risk.core.bias.permutation import GlobalTest
    from ind_risk.core.policy import Policy

CHECK = "bias_independence"
STRENGTH = "rank_correlation"
OVERALL = "score_nationality_association"


@dataclass(frozen=True, eq=False)
class _Evidence:
    """Everything the findings are written from, over the sponsors with migrants.

    Args:
        of: groups and ranks.
        strength: rank correlations of the assessable groups.
        rows: the same judged; None where a correlation says nothing.
        test: of all assessable groups at once.
        policy: margin, level, smallest count to be shown.
    """

    of: Ranked
    strength: Associations
    rows: list[Judged | None]
    test: GlobalTest
    policy: Policy

    @property
    def told(self) -> int | None:
        """Sponsors, where so many may be told."""
        return self.of.n if self.of.n >= self.policy.disclosure.minimum_count else None


def independence_findings(of: Ranked, *, policy: Policy, seed: int) -> list[Finding]:
    """The finding on all nationalities together, then one for each group.

    A group needs `minimum_group_sponsors` sponsors with any migrant of it, and so many that twice
    the margin can be reached (`fewest`); smaller ones are pooled by the rule of `groups.pool`.

    - Each group: Spearman's rank correlation; equivalent if its widened (1 - 2 level) interval
      lies inside the margin, else judged by the (1 - level) interval.
    - A group that cannot be judged (too few sponsors, or scores or shares that hardly differ) is
      listed with insufficient data and not asked for: how many migrants may be left out so, is
      for the check on coverage.
    - All together ("score_nationality_association"): the largest |rho|. Equivalent only if there
      is a group that can be judged and every such group is equivalent, which is when its upper
      bound, the largest end of all intervals, is below the margin. Else a disparity if the
      permutation test of all at once rejects (`global_test`).

    Args:
        of: groups and counts of at least one sponsor with migrants, by the same policy.
        policy: margin, level of a look, resamples.
        seed: of Monte Carlo.
    """
    strength = associations(of.counts)
    level, margin = policy.bias.level, policy.bias.association_margin
    wanted = min(HEADROOM * margin, 0.99)
    enough = strength.attainable >= wanted
    enough &= of.tells_apart(policy.disclosure.minimum_count)
    evidence = _Evidence(
        of=of, strength=strength, policy=policy,
        rows=judged(
            strength, level=level, margin=margin, tellable=list(enough)
        ),
        test=global_test(of.counts, resamples=policy.bias.resamples, seed=seed),
    )  # fmt: skip
    return [_overall(evidence), *(_row(evidence, g) for g in range(len(of.grouping.names)))]


def _row(evidence: _Evidence, group: int) -> Finding:
    """The finding of one group, assessable or not."""
    of, bias = evidence.of, evidence.policy.bias
    if group not in of.judged:
        return _unjudged(evidence, group, _small(evidence, group))
    k = of.judged.index(group)
    row = evidence.rows[k]
    if row is not None:
        return _judged(evidence, group, k, row)
    sentence = void_sentence(
        of.grouping.names[group], attribute=of.attribute, margin=bias.association_margin,
        attainable=float(evidence.strength.attainable[k]),
    )  # fmt: skip
    return _unjudged(evidence, group, sentence)


def _judged(evidence: _Evidence, group: int, k: int, row: Judged) -> Finding:
    of, bias, strength = evidence.of, evidence.policy.bias, evidence.strength
    level, margin, name = bias.level, bias.association_margin, of.grouping.names[group]
    return Finding(
        check=CHECK, claim=STRENGTH, subject=of.subject(name), verdict=row.verdict,
        estimate=row.rho, low=row.narrow[0], high=row.narrow[1], margin=margin, n=evidence.told,
        p_value=row.p_value, required=bias.asks_for(STRENGTH),
        minimal_detectable_effect=minimal_association(n=of.n, alpha=level),
        power=association_power(n=of.n, margin=margin, alpha=level),
        sentence=strength_sentence(
            name, row=row, level=level, margin=margin, n=of.n, attribute=of.attribute,
            required=sponsors_for_association(margin=margin, alpha=level, rho=row.rho),
        ),
        details={
            **_facts(evidence, group), "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
            "wide_interval": list(row.wide), "attainable": float(strength.attainable[k]),
            "standard_error": float(strength.standard_error[k]),
            "degrees_of_freedom": float(strength.freedom[k]),
            "max_type_p_value": evidence.test.adjusted[k],
            "method": "Spearman, influence-function standard error, Fisher's z, Student's t; "
            "max_type_p_value: permutation, adjusted for all groups (single-step maxT)",
        },
    )  # fmt: skip


def _small(evidence: _Evidence, group: int) -> str:
    """The sentence of a group that too few sponsors have any migrant of."""
    of, minimum = evidence.of, evidence.policy.disclosure.minimum_count
    return small_sentence(
        of.grouping.names[group], members=of.grouping.members[group], attribute=of.attribute,
        size=int(of.grouping.sizes[group]), n=of.n, minimum=minimum,
        required=fewest(of.n, evidence.policy),
    )  # fmt: skip


def _unjudged(evidence: _Evidence, group: int, sentence: str) -> Finding:
    """A group of which nothing can be said: listed, not asked for."""
    of = evidence.of
    return Finding(
        check=CHECK, claim=STRENGTH, subject=of.subject(of.grouping.names[group]),
        verdict="insufficient_data", estimate=None, low=None, high=None,
        margin=evidence.policy.bias.association_margin, n=evidence.told, sentence=sentence,
        details=_facts(evidence, group), required=False,
    )  # fmt: skip


def _facts(evidence: _Evidence, group: int) -> dict[str, Any]:
    grouping, minimum = evidence.of.grouping, evidence.policy.disclosure.minimum_count
    size = int(grouping.sizes[group])
    secret = size >= minimum and bool(hidden([size], total=evidence.of.n, minimum=minimum)[0])
    return {
        "members": list(grouping.members[group]),
        "sponsors_with_any": "nearly all" if secret else shown(size, minimum),
        "global_p_value": evidence.test.p_value
        if evidence.test.freedom and any(evidence.rows)
        else None,
    }


def _overall(evidence: _Evidence) -> Finding:
    """The strongest association, judged by intersection-union."""
    of, test, bias = evidence.of, evidence.test, evidence.policy.bias
    level, margin = bias.level, bias.association_margin
    seen = [(of.grouping.names[g], r) for g, r in zip(of.judged, evidence.rows, strict=True) if r]
    strongest = max(seen, key=lambda s: round(abs(s[1].rho), 12), default=None)
    estimate = abs(strongest[1].rho) if strongest else None
    high = max((r.largest for _, r in seen), default=None)
    verdict = overall_verdict(
        [r.verdict for _, r in seen], estimate=estimate, test=test, level=level, margin=margin
    )
    by_group = {
        of.grouping.names[g]: p
        for g, r, p in zip(of.judged, evidence.rows, test.adjusted, strict=True)
        if r
    }
    return Finding(
        check=CHECK, claim=OVERALL, subject=of.subject("all"), verdict=verdict, estimate=estimate,
        low=lower_bound(evidence.strength, [r is not None for r in evidence.rows], level=level),
        high=high, margin=margin, n=evidence.told, required=bias.asks_for(OVERALL),
        minimal_detectable_effect=minimal_association(n=of.n, alpha=level),
        power=association_power(n=of.n, margin=margin, alpha=level),
        p_value=test.p_value if test.freedom and seen else None,
        sentence=overall_sentence(
            strongest[0] if strongest else None, estimate=estimate, high=high, level=level,
            margin=margin, verdict=verdict, groups=len(seen), attribute=of.attribute,
            unjudged=len(of.grouping.names) - len(seen),
            p_value=test.p_value if test.freedom and seen else None,
            named=[name for name, p in by_group.items() if p <= level],
        ),
        details={
            "groups": len(of.grouping.names), "groups_judged": len(seen),
            "confidence": 1 - level,
            "global_test": asdict(test) | {"adjusted": by_group} if seen else None,
            "method": "largest |rho|, intersection-union; permutation tests of Strasser and "
            "Weber: quadratic form and maximum, Bonferroni",
        },
    )  # fmt: skip
