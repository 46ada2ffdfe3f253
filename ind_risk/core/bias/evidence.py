"""The bias evidence of one candidate: both hypotheses of the letter, always at least one finding.

Whatever is wrong with the input becomes a finding that is not green, and says what would help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.bias.independence import CHECK as INDEPENDENCE
from ind_risk.core.bias.independence import CLAIM as ASSOCIATION
from ind_risk.core.bias.independence import independence_findings
from ind_risk.core.bias.parity import CHECK as PARITY
from ind_risk.core.bias.parity import CLAIM as SELECTION
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_groups import attribute_groups, nationality_groups
from ind_risk.core.bias.population import faults, population
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy


def bias_findings(
    *,
    scores: pd.DataFrame,
    composition: pd.DataFrame,
    sponsors: pd.DataFrame,
    policy: Policy,
    seed: int,
) -> list[Finding]:
    """H1 and H2 on every scored sponsor, and parity for further attributes of the policy.

    Args:
        scores: sponsor_id, score and band of every recognised sponsor, one row each.
        composition: sponsor_id, nationality, migrants, as `composition_table` gives it.
        sponsors: the landing table, for `policy.bias.sponsor_attributes`.
        policy: level, margins and groups.
        seed: of the permutations.
    """
    if wrong := faults(scores=scores, composition=composition):
        return _nothing(" ".join(wrong) + " Make scores and composition again.")
    people = population(scores=scores, composition=composition)
    found = _by_nationality(people, policy, seed)
    for column in policy.bias.sponsor_attributes:
        found += _by_attribute(column, scores, sponsors, people, policy)
    return found


def _by_nationality(people: Population, policy: Policy, seed: int) -> list[Finding]:
    if not people.with_migrants.any():
        return _nothing(
            "No scored sponsor has a migrant whose nationality is on record, so bias can neither "
            "be shown nor excluded. Permits and protected attributes would be needed."
        )
    groups, pooled, whole = nationality_groups(people, policy)
    parity = parity_findings(groups=groups, pooled=pooled, whole=whole, policy=policy)
    if not parity:
        parity = [_insufficient(PARITY, "No sponsor has a majority of one nationality.")]
    return [*independence_findings(people=people, policy=policy, seed=seed), *parity]


def _by_attribute(
    column: str,
    scores: pd.DataFrame,
    sponsors: pd.DataFrame,
    people: Population,
    policy: Policy,
) -> list[Finding]:
    if column not in sponsors.columns or sponsors["sponsor_id"].duplicated().any():
        said = f"The policy audits {column}, which is no column of sponsors with unique keys."
        return [_insufficient(PARITY, said, subject=column)]
    values = sponsors.set_index("sponsor_id")[column].reindex(scores["sponsor_id"])
    groups, pooled, whole = attribute_groups(values, people.selected, column=column, policy=policy)
    found = parity_findings(groups=groups, pooled=pooled, whole=whole, policy=policy)
    return found or [_insufficient(PARITY, f"No sponsor has a {column}.", subject=column)]


def _nothing(said: str) -> list[Finding]:
    return [_insufficient(INDEPENDENCE, said, claim=ASSOCIATION), _insufficient(PARITY, said)]


def _insufficient(
    check: str, said: str, *, claim: str = SELECTION, subject: str = "all"
) -> Finding:
    return Finding(
        check=check, claim=claim, subject=subject, verdict="insufficient_data", estimate=None,
        low=None, high=None, n=0, sentence=f"{said} Insufficient data.",
    )  # fmt: skip
