"""H3: on the random arm the model errs as often for one nationality as for the others.

Only random inspections count: where inspectors chose whom to visit, nobody knows how often it errs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.audited import audit_faults, audited
from ind_risk.core.bias.bounds_coarse import weight_ranges
from ind_risk.core.bias.bounds_findings import bounds_findings
from ind_risk.core.bias.error_parity_power import required_inspections
from ind_risk.core.bias.error_parity_rows import judged_row, told, verdicts
from ind_risk.core.bias.error_parity_unjudged import none_judged, nothing, unjudged_rows
from ind_risk.core.bias.error_rates import CHECK, ERROR_RATES, FALSE_POSITIVES, MISSES, random_arm
from ind_risk.core.bias.outcome_cells import as_known, completed_rates, constant, tables
from ind_risk.core.bias.power import equivalence_power, minimal_margin
from ind_risk.core.bias.score_test import equivalence_interval, score_p_value, tost_p_value
from ind_risk.core.bias.selection_odds import tipping_gamma

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.bias.error_rates import Arm, ErrorRate
    from ind_risk.core.bias.outcome_cells import Cells
    from ind_risk.core.bias.population import Population
    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy

__all__ = ["CHECK", "FALSE_POSITIVES", "MISSES", "error_parity_findings"]


def error_parity_findings(
    *, people: Population, judged: pd.DataFrame, policy: Policy
) -> list[Finding]:
    """Judge both error rates of each group of majorities against all others with migrants.

    - A group with at least `minimum_group_audited` random inspections with the outcome in question
      is judged by the design's rule at the level of one look. Where outcomes are missing, the
      details say at which `tipping_gamma` the verdict would fall (`selection_odds`).
    - A smaller group has insufficient data and is listed only.
    - If no group can be judged there is one more finding, on "all", which the gate asks for.
    - What missing outcomes leave open at worst, on the random arm and by all labels, follows as
      `bounds_findings`.

    Args:
        people: the scored sponsors, of whom `judged` has one row each in the same order.
        judged: band, audit_label (null: no random inspection), audit_inclusion_probability, label.
        policy: level, margins, minimum sizes, smallest count to be shown.
    """
    if wrong := audit_faults(people, judged):
        text = f"{' '.join(wrong)} Insufficient data; judge the scored sponsors again."
        return [nothing(rate, policy, sentence=text) for rate in ERROR_RATES]
    audit = audited(judged)
    arms = [random_arm(people, audit, rate, policy) for rate in ERROR_RATES]
    ranges = weight_ranges(people, audit)
    made = [f for arm in arms for f in _of_arm(people, arm, policy, ranges)]
    return [*made, *bounds_findings(people, arms, policy)]


def _of_arm(
    people: Population, arm: Arm, policy: Policy, ranges: NDArray[np.float64]
) -> list[Finding]:
    listed = unjudged_rows(people, arm, policy)
    where = np.flatnonzero(arm.judged)
    if len(where) == 0:
        return [none_judged(people, arm, policy), *listed]
    at = arm.judged & told(arm, policy.disclosure.minimum_count)[:, 1]
    columns = _columns(arm, policy, at) if at.any() else {}
    rows = {int(g): {n: c[k] for n, c in columns.items()} for k, g in enumerate(np.flatnonzero(at))}
    judged = [judged_row(arm, policy, int(g), rows.get(int(g)), ranges) for g in where]
    return [*judged, *listed]


def _columns(arm: Arm, policy: Policy, at: NDArray[np.bool_]) -> dict[str, Any]:
    """Numbers of the groups that are judged and told, all in one pass.

    Without those that are hidden: even the last digits of the others would depend on them.
    """
    rate = arm.rate
    level, margin = policy.bias.level, rate.margin(policy.bias)
    own, others = arm.own.of(at), arm.others.of(at)
    whole = own.plus(others)
    first, second, both = (
        completed_rates(
            as_known(c), rate.measure, filled=constant(np.zeros(2), c), arm=whole, level=level / 2
        )
        for c in (own, others, whole)
    )
    counts = tables(first, second)
    sizes: dict[str, Any] = {
        "n1": first.size,
        "n2": second.size,
        "base": both.value,
        "alpha": level,
    }
    each = max(arm.audit.opened, 1)
    estimate = first.value - second.value
    columns = {
        "rates": np.column_stack((first.value, second.value)),
        "sizes": np.column_stack((first.size, second.size)),
        "counts": np.column_stack((first.count, second.count)),
        "estimate": estimate,
        "interval": np.column_stack(equivalence_interval(**counts, alpha=level)),
        "wide": np.column_stack(equivalence_interval(**counts, alpha=level / 2)),
        "p_value": score_p_value(**counts),
        "tost": tost_p_value(**counts, margin=margin),
        "power": equivalence_power(**sizes, margin=margin),
        "mde": minimal_margin(**sizes),
        "required": required_inspections(
            n1=first.size[:, None] / each, n2=second.size[:, None] / each,
            base=both.value[:, None], margin=margin, alpha=level,
            difference=np.column_stack((np.zeros_like(estimate), estimate)),
        ),
    }  # fmt: skip
    verdict = verdicts(estimate, columns["interval"], columns["wide"], margin=margin)
    tipping = _tipping(own, others, verdict, rate, policy)
    return columns | counts | {"verdict": verdict, "tipping": tipping}


def _tipping(
    own: Cells, others: Cells, verdict: NDArray[np.str_], rate: ErrorRate, policy: Policy
) -> NDArray[np.float64]:
    """`tipping_gamma` of verdicts that missing outcomes could overturn; NaN for the others."""
    missing = (own.count + others.count)[..., 2].sum(axis=-1) > 0
    at = missing & np.isin(verdict, ("equivalent", "disparity"))
    gamma = np.full(len(verdict), np.nan)
    if at.any():
        gamma[at] = tipping_gamma(
            own.of(at), others.of(at), rate.measure, equivalent=verdict[at] == "equivalent",
            margin=rate.margin(policy.bias), alpha=policy.bias.level,
        )  # fmt: skip
    return gamma
