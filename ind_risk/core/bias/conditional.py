"""H1 given the declared risk factors: are score and composition related among the like?

The like are the sponsors of one combination of factor values. What is asked is whether a relation
of score and nationality is more than what both owe to, say, the sector.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.association import associations
from ind_risk.core.bias.association_verdicts import judged, lower_bound, overall_verdict
from ind_risk.core.bias.attainable import attainable_within
from ind_risk.core.bias.conditional_sentences import (
    absorbed_sentence,
    explained_sentence,
    remaining_sentence,
    same,
    without_like_sentence,
)
from ind_risk.core.bias.independence import CHECK, STRENGTH
from ind_risk.core.bias.independence_sentences import open_end, overall_sentence
from ind_risk.core.bias.independence_shares import HEADROOM
from ind_risk.core.bias.permutation import global_test
from ind_risk.core.bias.power import (
    association_power,
    minimal_association,
    sponsors_for_association,
)
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.association import Associations
    from ind_risk.core.bias.association_verdicts import Judged
    from ind_risk.core.bias.cross_counts import CrossCounts
    from ind_risk.core.bias.independence_shares import Ranked
    from ind_risk.core.bias.permutation import GlobalTest
    from ind_risk.core.bias.residuals import ScoreResiduals
    from ind_risk.core.policy import Policy

CLAIM = "rank_correlation_given_factors"


@dataclass(frozen=True, eq=False)
class _Evidence:
    """Everything the findings are written from, over the sponsors with migrants.

    Args:
        of: groups and ranks.
        factors: names.
        scores: residuals of the score ranks.
        strength: partial rank correlations of the assessable groups.
        attainable: largest ones that there could be.
        rows: the correlations judged; None where one says nothing.
        test: of all assessable groups at once.
        plain: findings without regard to the factors, by subject.
        policy: margin, level, smallest count to be shown.
    """

    of: Ranked
    factors: tuple[str, ...]
    scores: ScoreResiduals
    strength: Associations
    attainable: NDArray[np.float64]
    rows: list[Judged | None]
    test: GlobalTest
    plain: Mapping[str, Finding]
    policy: Policy

    @property
    def told(self) -> int | None:
        """Sponsors, where so many may be told."""
        return self.of.n if self.of.n >= self.policy.disclosure.minimum_count else None

    def effective(self, k: int) -> float:
        """Sponsors without factors that would estimate the correlation of group k as well."""
        floor = float(self.strength.floor[k])
        return 1 + 1 / floor**2 if floor > 0 else 1.0


def conditional_findings(
    of: Ranked,
    counts: CrossCounts,
    *,
    factors: Sequence[str],
    policy: Policy,
    seed: int,
    unconditional: list[Finding],
) -> list[Finding]:
    """The finding on all groups together ("all"), then one for each assessable group.

    Residuals of score and share ranks from their means in each stratum, a stratum being the
    sponsors of one combination of factor values: Freedman and Lane (1983), Journal of Business &
    Economic Statistics 1:292, with the saturated model. Their correlation is the partial rank
    correlation; its interval rests on the influence function (`associations`), the tests of all
    groups at once on permutation within strata (`global_test`).

    A group is judged as without factors. If it is assessable and the factors leave too little of
    its shares or of the scores to be correlated (`attainable_within`), it has insufficient data,
    and counts against "all" being equivalent.

    What the factors explain: by the law of total covariance a rank correlation is the sum of what
    stems from sponsors within strata and of what stems from differences of the strata's means; the
    latter's part of it.

    Args:
        of: what `independence_findings` judged.
        counts: the same sponsors' scores against shares: `of.given(factors)`.
        factors: names of the factors.
        policy: margin, level of a look, resamples.
        seed: of Monte Carlo.
        unconditional: findings of `independence_findings`.
    """
    strength, attainable = associations(counts), attainable_within(counts)
    level, margin = policy.bias.level, policy.bias.association_margin
    enough = attainable >= min(HEADROOM * margin, 0.99)
    enough &= of.tells_apart(policy.disclosure.minimum_count)
    evidence = _Evidence(
        of=of, factors=tuple(factors), scores=counts.scores, strength=strength,
        attainable=attainable,
        rows=judged(strength, level=level, margin=margin, tellable=list(enough)),
        test=global_test(counts, resamples=policy.bias.resamples, seed=seed),
        plain={f.subject: f for f in unconditional if f.claim == STRENGTH}, policy=policy,
    )  # fmt: skip
    return [_overall(evidence), *(_row(evidence, k) for k in range(len(of.judged)))]


def _row(evidence: _Evidence, k: int) -> Finding:
    """The finding of one assessable group."""
    of, row = evidence.of, evidence.rows[k]
    name = of.grouping.names[of.judged[k]]
    if row is not None:
        return _judged(evidence, k, name, row)
    bias = evidence.policy.bias
    return Finding(
        check=CHECK, claim=CLAIM, subject=of.subject(name), verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=bias.association_margin, n=evidence.told,
        required=bias.asks_for(CLAIM),
        sentence=absorbed_sentence(
            name, factors=evidence.factors, margin=bias.association_margin,
            attainable=float(evidence.attainable[k]),
            scores_vary=of.tells_apart(evidence.policy.disclosure.minimum_count)
            and bool(evidence.scores.spread.sum() > 1e-15 * max(of.n, 1)),
        ),
        details=_facts(evidence, k),
    )  # fmt: skip


def _judged(evidence: _Evidence, k: int, name: str, row: Judged) -> Finding:
    of, bias, strength = evidence.of, evidence.policy.bias, evidence.strength
    level, margin, effective = bias.level, bias.association_margin, evidence.effective(k)
    plain = evidence.plain.get(of.subject(name))
    within = row.rho * float(strength.within[k])
    required = sponsors_for_association(margin=margin, alpha=level, rho=row.rho)
    explained = explained_sentence(
        evidence.factors, plain=plain, within=within, beyond_chance=row.p_value < level,
        level=level, margin=margin,
    )  # fmt: skip
    clear = plain is not None and plain.p_value is not None and plain.p_value < level
    whole = plain.estimate if plain and clear else None
    return Finding(
        check=CHECK, claim=CLAIM, subject=of.subject(name), verdict=row.verdict,
        estimate=row.rho, low=row.narrow[0], high=row.narrow[1], margin=margin, n=evidence.told,
        p_value=row.p_value, required=bias.asks_for(CLAIM),
        minimal_detectable_effect=minimal_association(n=round(effective), alpha=level),
        power=association_power(n=round(effective), margin=margin, alpha=level),
        sentence=remaining_sentence(
            name, factors=evidence.factors, row=row, level=level, margin=margin
        ) + explained + open_end(required=required * of.n / effective, n=of.n, verdict=row.verdict),
        details={
            **_facts(evidence, k), "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
            "wide_interval": list(row.wide),
            "standard_error": float(strength.standard_error[k]),
            "degrees_of_freedom": float(strength.freedom[k]),
            "max_type_p_value": evidence.test.adjusted[k],
            "unconditional": plain.estimate if plain else None,
            "of_which_within_strata": within,
            "share_explained": 1 - within / whole if whole else None,
            "method": "partial Spearman given all factors crossed, influence-function standard "
            "error, Fisher's z, Student's t; max_type_p_value: permutation within strata, "
            "adjusted for all groups (single-step maxT)",
        },
    )  # fmt: skip


def _facts(evidence: _Evidence, k: int) -> dict[str, Any]:
    of = evidence.of
    return {
        "members": list(of.grouping.members[of.judged[k]]), "factors": list(evidence.factors),
        "strata": evidence.scores.strata,
        "attainable": float(evidence.attainable[k])
        if of.tells_apart(evidence.policy.disclosure.minimum_count)
        else None,
        "global_p_value": evidence.test.p_value
        if evidence.test.freedom and any(evidence.rows)
        else None,
    }  # fmt: skip


def _overall(evidence: _Evidence) -> Finding:
    """The strongest partial association; the test of all at once stands in the details."""
    of, test, bias = evidence.of, evidence.test, evidence.policy.bias
    level, margin = bias.level, bias.association_margin
    names = [of.grouping.names[g] for g in of.judged]
    seen = [(name, r) for name, r in zip(names, evidence.rows, strict=True) if r]
    strongest = max(seen, key=lambda s: round(abs(s[1].rho), 12), default=None)
    estimate = abs(strongest[1].rho) if strongest else None
    high = max((r.largest for _, r in seen), default=None)
    verdict = overall_verdict(
        [r.verdict if r else "insufficient_data" for r in evidence.rows],
        estimate=estimate, test=test, level=level, margin=margin,
    )  # fmt: skip
    by_group = {
        name: p for name, r, p in zip(names, evidence.rows, test.adjusted, strict=True) if r
    }
    alone = int(np.sum(evidence.scores.size == 1))
    return Finding(
        check=CHECK, claim=CLAIM, subject="all", verdict=verdict, estimate=estimate,
        low=lower_bound(evidence.strength, [r is not None for r in evidence.rows], level=level),
        high=high, margin=margin, n=evidence.told, required=bias.asks_for(CLAIM),
        sentence=overall_sentence(
            strongest[0] if strongest else None, estimate=estimate, high=high, level=level,
            margin=margin, verdict=verdict, groups=len(seen),
            among=f"Among {same(evidence.factors)}", unjudged=len(of.grouping.names) - len(seen),
            p_value=test.p_value if test.freedom and seen else None,
            named=[name for name, p in by_group.items() if p <= level],
        ) + without_like_sentence(
            evidence.factors, alone=alone, n=of.n,
            minimum=evidence.policy.disclosure.minimum_count,
        ),
        details={
            "factors": list(evidence.factors), "strata": evidence.scores.strata,
            "groups_judged": len(seen), "confidence": 1 - level,
            "global_test": asdict(test) | {"adjusted": by_group} if seen else None,
            "method": "largest |partial rho|, intersection-union; permutation of residuals within "
            "strata (Freedman and Lane): quadratic form and maximum, Bonferroni",
        },
    )  # fmt: skip
