"""The findings on error rates of groups that are judged, from the numbers of `error_parity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import hidden, numerator_class
from ind_risk.core.bias.error_parity_sentences import (
    judged_sentence,
    tipping_sentence,
    wanted_sentence,
)
from ind_risk.core.bias.error_rates import CHECK, known
from ind_risk.core.bias.score_test import equivalence_interval
from ind_risk.core.bias.wording import shown
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.error_rates import Arm
    from ind_risk.core.policy import Policy

    Floats = NDArray[np.float64]

METHOD = (
    "Hájek; Miettinen-Nurminen at effective sizes (Korn and Graubard, 1998), widened where "
    "skewness-corrected (Laud) is wider"
)


def verdicts(estimate: Floats, narrow: Floats, wide: Floats, *, margin: float) -> NDArray[np.str_]:
    """The design's rule for each of k differences; the intervals have shape (k, 2)."""
    made = [
        judge_difference(
            estimate=float(e), tost_low=float(n[0]), tost_high=float(n[1]), low=float(w[0]),
            high=float(w[1]), margin=margin,
        )
        for e, n, w in zip(estimate, narrow, wide, strict=True)
    ]  # fmt: skip
    return np.array(made, dtype=np.str_)


def told(arm: Arm, minimum: int) -> NDArray[np.bool_]:
    """Whether the size and the rates of each group may be told, shape (groups, 2)."""
    seen = known(arm.own, arm.rate)
    if len(seen) == 0:
        return np.zeros((0, 2), dtype=bool)
    everybody = known(arm.own.plus(arm.others), arm.rate)[0]
    size = hidden(seen.sum(axis=1), total=everybody.sum(), minimum=minimum)
    rates = size.copy()
    for side in (0, 1):
        rates |= hidden(seen[:, side], total=everybody[side], minimum=minimum)
    return ~np.column_stack((size, rates))


def judged_row(arm: Arm, policy: Policy, g: int, row: dict[str, Any]) -> Finding:
    """The finding of group g that is judged; `row` holds its numbers."""
    rate, level, margin = arm.rate, policy.bias.level, arm.rate.margin(policy.bias)
    tells_size, tells = (bool(t) for t in told(arm, policy.disclosure.minimum_count)[g])
    numbers = _plain(row) if tells else _coarse(row, policy)
    fewest = fewest_inspections(arm, policy, g)
    required, as_seen = (max(float(v), fewest) for v in row["required"])
    verdict, gamma = row["verdict"].item(), float(row["tipping"])
    sentence = judged_sentence(
        rate, label=arm.members.label(g), **numbers, alpha=level, margin=margin, verdict=verdict,
        rounded=not tells,
    )  # fmt: skip
    if verdict == "insufficient_data":
        sentence += wanted_sentence(required, as_seen, arm.audit.opened)
    if np.isfinite(gamma):
        sentence += f" {tipping_sentence(gamma, verdict)}"
    return Finding(
        check=CHECK, claim=rate.claim, subject=arm.members.grouping.names[g], verdict=verdict,
        estimate=numbers["estimate"], low=numbers["interval"][0], high=numbers["interval"][1],
        margin=margin, n=int(row["counts"][0]) if tells_size else None,
        minimal_detectable_effect=float(row["mde"]), power=float(row["power"]),
        p_value=float(row["p_value"]) if tells else None,
        required=policy.bias.asks_for(rate.claim),
        sentence=sentence + arm.audit.remark(policy.disclosure.minimum_count),
        details={
            "members": list(arm.members.grouping.members[g]),
            "rate": numbers["rates"][0], "rate_of_others": numbers["rates"][1],
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
            "wide_interval": numbers["wide"], "rounded": not tells,
            "tost_p_value": float(row["tost"]) if tells else None,
            **_sizes(row, tells=tells_size, minimum=policy.disclosure.minimum_count),
            **arm.audit.counts(policy.disclosure.minimum_count),
            "required_random_inspections": whole_number(required),
            "required_random_inspections_as_seen": whole_number(as_seen),
            "tipping_gamma": gamma if np.isfinite(gamma) else None,
            "tipping": None if np.isnan(gamma) else tipping_sentence(gamma, verdict),
            "method": METHOD,
        },
    )  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Rates, difference and intervals as they are."""
    return {
        "rates": [float(v) for v in row["rates"]],
        "estimate": float(row["estimate"]),
        "interval": [float(v) for v in row["interval"]],
        "wide": [float(v) for v in row["wide"]],
    }


def _coarse(row: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """The same for a whole block of numerators, where the rates would give a small one away."""
    level, minimum = policy.bias.level, policy.disclosure.minimum_count
    x1, n1, x2, n2 = (float(row[name]) for name in ("x1", "n1", "x2", "n2"))
    block = numerator_class(round(x1), max(round(n1), round(x1)), minimum)
    x = np.clip(np.array(block, dtype=float), 0, n1)
    rest = np.clip(x1 + x2 - x, 0, n2)
    counts = {"x1": x, "n1": n1, "x2": rest, "n2": n2}
    ends = [equivalence_interval(**counts, alpha=a) for a in (level, level / 2)]
    narrow, wide = ([float(low.min()), float(high.max())] for low, high in ends)
    rates = [float(x.mean()) / n1, float(rest.mean()) / n2]
    return {"rates": rates, "estimate": rates[0] - rates[1], "interval": narrow, "wide": wide}


def _sizes(row: dict[str, Any], *, tells: bool, minimum: int) -> dict[str, Any]:
    (n, others), size, size_others = row["counts"], float(row["n1"]), float(row["n2"])
    return {
        "random_inspections": int(n) if tells else "not shown",
        "random_inspections_of_others": shown(others, minimum) if tells else "not shown",
        "effective_size": size if tells else None,
        "effective_size_of_others": size_others if tells else None,
        "design_effect": float(n) / size if size > 0 else None,
        "design_effect_of_others": float(others) / size_others if size_others > 0 else None,
    }


def fewest_inspections(arm: Arm, policy: Policy, g: int) -> float:
    """Random inspections of all sponsors that find the minimum of a group."""
    seen = max(float(known(arm.own, arm.rate)[g].sum()), policy.disclosure.minimum_count, 1.0)
    return float(np.ceil(policy.bias.minimum_group_audited * arm.audit.opened / seen))


def whole_number(number: float) -> int | None:
    """A number for the details; None if it is infinite."""
    return int(number) if np.isfinite(number) else None
