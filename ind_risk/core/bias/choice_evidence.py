"""Was this the model to choose: alternatives that treat groups more alike, and what gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.bias import alternatives
from ind_risk.core.bias.alternatives import alternative_findings
from ind_risk.core.bias.evidence import nothing
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.population import faults, population
from ind_risk.core.bias.proxies import proxy_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy
    from ind_risk.core.training.alternatives import Alternatives
    from ind_risk.core.training.encoding import Feature


def choice_findings(
    *,
    scores: pd.DataFrame,
    composition: pd.DataFrame,
    features: pd.DataFrame,
    specs: Sequence[Feature],
    found: Alternatives | None,
    policy: Policy,
    seed: int,
) -> list[Finding]:
    """Judge the choice of the model against its alternatives, and report proxies.

    Args:
        scores: sponsor_id, score and band of the sponsors scored now.
        composition: sponsor_id, nationality and migrants.
        features: sponsor_id and every registered feature of the sponsors scored now.
        specs: the registered features.
        found: alternatives of this very candidate; None if there are none.
        policy: margins and level.
        seed: of resamples.
    """
    wrong = faults(scores=scores, composition=composition)
    ids = scores["sponsor_id"] if "sponsor_id" in scores.columns else None
    if found is None:
        wrong.append("The alternatives kept are those of another candidate.")
    elif not wrong and ids is not None and set(found.selected["sponsor_id"]) != set(ids):
        wrong.append("The alternatives were scored on other sponsors.")
    if wrong or found is None:
        text = f"{' '.join(wrong)} Insufficient data; run the lifecycle again."
        return [nothing(alternatives.CHECK, alternatives.CLAIM, text, policy)]
    people = population(scores=scores, composition=composition)
    member = membership(
        people, share=policy.bias.majority_share, minimum=policy.bias.minimum_group_sponsors
    )
    table = found.selected.set_index("sponsor_id").reindex(scores["sponsor_id"])
    ordered = features.set_index("sponsor_id").reindex(scores["sponsor_id"])
    return [
        *alternative_findings(
            member=member,
            selected={name: table[name].to_numpy(dtype=bool) for name in table.columns},
            records=found.records,
            chosen=found.chosen,
            policy=policy,
            seed=seed,
            reason=found.reason,
        ),
        *proxy_findings(member=member, features=ordered, specs=specs, policy=policy, seed=seed),
    ]
