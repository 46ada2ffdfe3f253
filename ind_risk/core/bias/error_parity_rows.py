"""The findings on error rates of groups that are judged, from the numbers of `error_parity`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.bounds_coarse import equal, possible, rate_cases, union
from ind_risk.core.bias.disclosure import hidden, only_verdict
from ind_risk.core.bias.error_parity_power import required_inspections
from ind_risk.core.bias.error_parity_sentences import (
    judged_sentence,
    tipping_sentence,
    wanted_sentence,
)
from ind_risk.core.bias.error_rates import CHECK, known
from ind_risk.core.bias.outcome_cells import (
    Cells,
    Rates,
    as_known,
    completed_rates,
    constant,
    tables,
)
from ind_risk.core.bias.power import equivalence_power, minimal_margin
from ind_risk.core.bias.score_test import equivalence_interval
from ind_risk.core.bias.wording import VERDICT_WORDS, margin_points, shown
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.error_rates import Arm
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

    Floats = NDArray[np.float64]

METHOD = (
    "Hájek; Miettinen-Nurminen at effective sizes (Korn and Graubard, 1998), widened where "
    "skewness-corrected (Laud) is wider"
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The numbers of a group as they may be told.

    Args:
        rates: of the group and of the others.
        estimate, narrow, wide: their difference, and its intervals.
        verdict: by these intervals.
        power, mde: None where they may not be told.
        required: random inspections without a difference, and with the estimate; None likewise.
        tipping: as `selection_odds.tipping_gamma`; NaN where there is none.
        tells_size, tells: whether the size and the exact rates are told.
    """

    rates: list[float | None]
    estimate: float
    narrow: list[float]
    wide: list[float]
    verdict: Verdict
    power: float | None
    mde: float | None
    required: list[float | None]
    tipping: float
    tells_size: bool
    tells: bool


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


def _verdict(estimate: float, narrow: list[float], wide: list[float], margin: float) -> Verdict:
    return judge_difference(
        estimate=estimate, tost_low=narrow[0], tost_high=narrow[1], low=wide[0], high=wide[1],
        margin=margin,
    )  # fmt: skip


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


def judged_row(
    arm: Arm, policy: Policy, g: int, row: dict[str, Any] | None, ranges: Floats
) -> Finding:
    """The finding of group g that is judged.

    Args:
        arm: as one error rate sees it.
        policy: level, margin, smallest count to be shown.
        g: number of the group.
        row: its numbers; None where they may not be told.
        ranges: of the weights, as `bounds_coarse.weight_ranges` gives them.
    """
    tells_size = bool(told(arm, policy.disclosure.minimum_count)[g, 0])
    seen = _coarse(arm, policy, g, ranges) if row is None else _plain(row)
    if row is None and not (tells_size and equal(ranges)):
        seen = _only_verdict(seen, arm.rate.margin(policy.bias), tells_size=tells_size)
    return _finding(arm, policy, g, row, seen)


def _finding(arm: Arm, policy: Policy, g: int, row: dict[str, Any] | None, seen: Seen) -> Finding:
    rate, level, minimum = arm.rate, policy.bias.level, policy.disclosure.minimum_count
    required, as_seen = (_at_least(v, fewest_inspections(arm, policy, g)) for v in seen.required)
    gamma = seen.tipping
    return Finding(
        check=CHECK, claim=rate.claim, subject=arm.members.grouping.names[g], verdict=seen.verdict,
        estimate=seen.estimate, low=seen.narrow[0], high=seen.narrow[1],
        margin=rate.margin(policy.bias),
        n=int(known(arm.own, rate)[g].sum()) if seen.tells_size else None,
        minimal_detectable_effect=seen.mde, power=seen.power,
        p_value=None if row is None else float(row["p_value"]),
        required=policy.bias.asks_for(rate.claim),
        sentence=_sentence(arm, policy, arm.members.label(g), seen, (required, as_seen)),
        details={
            "members": list(arm.members.grouping.members[g]),
            "rate": seen.rates[0], "rate_of_others": seen.rates[1],
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
            "wide_interval": seen.wide, "rounded": row is None,
            "tost_p_value": None if row is None else float(row["tost"]),
            **_sizes(row, minimum=minimum), **arm.audit.counts(minimum),
            "required_random_inspections": whole_number(required),
            "required_random_inspections_as_seen": whole_number(as_seen),
            "tipping_gamma": gamma if np.isfinite(gamma) else None,
            "tipping": None if np.isnan(gamma) else tipping_sentence(gamma, seen.verdict),
            "method": METHOD,
        },
    )  # fmt: skip


def _sentence(
    arm: Arm, policy: Policy, label: str, seen: Seen, needed: tuple[float | None, float | None]
) -> str:
    rate, margin = arm.rate, arm.rate.margin(policy.bias)
    rates = [v for v in seen.rates if v is not None]
    if rates:
        text = judged_sentence(
            rate, label=label, rates=rates, estimate=seen.estimate,
            interval=seen.narrow, wide=seen.wide, alpha=policy.bias.level, margin=margin,
            verdict=seen.verdict, rounded=not seen.tells,
        )  # fmt: skip
    else:
        text = (
            f"By random inspections, the {rate.name} of sponsors {label} against the margin of "
            f"{margin_points(margin)}: {VERDICT_WORDS[seen.verdict]}. Figures are not shown, "
            "because few sponsors are behind them."
        )
    required, as_seen = needed
    if seen.verdict == "insufficient_data":
        text += (
            " More random inspections are needed; how many is not shown."
            if required is None or as_seen is None
            else wanted_sentence(required, as_seen, arm.audit.opened)
        )
    if np.isfinite(seen.tipping):
        text += f" {tipping_sentence(seen.tipping, seen.verdict)}"
    return text + arm.audit.remark(policy.disclosure.minimum_count)


def _plain(row: dict[str, Any]) -> Seen:
    """The numbers as they are."""
    return Seen(
        rates=[float(v) for v in row["rates"]], estimate=float(row["estimate"]),
        narrow=[float(v) for v in row["interval"]], wide=[float(v) for v in row["wide"]],
        verdict=row["verdict"].item(), power=float(row["power"]), mde=float(row["mde"]),
        required=[float(v) for v in row["required"]], tipping=float(row["tipping"]),
        tells_size=True, tells=True,
    )  # fmt: skip


def _coarse(arm: Arm, policy: Policy, g: int, ranges: Floats) -> Seen:
    """The numbers for a whole block of numerators, where the rates would give a small one away.

    The interval holds those of all numerators of the block, and of all weights that the group's
    small cell could have.
    """
    level, margin = policy.bias.level, arm.rate.margin(policy.bias)
    first, second = _cases(arm, policy, g, ranges)
    counts = tables(first, second)
    ends = [equivalence_interval(**counts, alpha=a) for a in (level, level / 2)]
    narrow, wide = (union(pair) for pair in ends)
    rates = [sum(union((r.value, r.value))) / 2 for r in (first, second)]
    estimate = rates[0] - rates[1]
    return Seen(
        rates=list(rates), estimate=estimate, narrow=narrow, wide=wide,
        verdict=_verdict(estimate, narrow, wide, margin),
        tipping=float("nan"), tells_size=True, tells=False, **_plans(arm, policy, g, estimate),
    )  # fmt: skip


def _cases(arm: Arm, policy: Policy, g: int, ranges: Floats) -> tuple[Rates, Rates]:
    """Rates of the group and of the others in each case that could be."""
    rate, minimum = arm.rate, policy.disclosure.minimum_count
    own, whole = (as_known(c) for c in (arm.own, arm.own.plus(arm.others)))
    at = np.arange(len(arm.members)) == g
    one, all_ = (Cells(*(v[0] for v in c.of(at).parts)) for c in (own, whole))
    could = possible(one, all_, rate_cases(one, all_, rate.measure, minimum), ranges, minimum)
    first, second = (
        completed_rates(
            c, rate.measure, filled=constant(np.zeros(2), c), arm=whole.of(at),
            level=policy.bias.level / 2,
        )
        for c in (could.own, could.others)
    )  # fmt: skip
    return first, second


def _plans(arm: Arm, policy: Policy, g: int, estimate: float) -> dict[str, Any]:
    """Power and sizes by counts alone, which holds with equal weights."""
    own, both = (known(c, arm.rate)[g] for c in (arm.own, arm.own.plus(arm.others)))
    margin, level, each = arm.rate.margin(policy.bias), policy.bias.level, max(arm.audit.opened, 1)
    n1, n2, base = own.sum(), both.sum() - own.sum(), both[1] / both.sum()
    sizes: dict[str, Any] = {"n1": n1, "n2": n2, "base": base, "alpha": level}
    required = required_inspections(
        n1=n1 / each, n2=n2 / each, base=base, margin=margin, alpha=level,
        difference=np.array([0.0, estimate]),
    )  # fmt: skip
    return {
        "power": float(equivalence_power(**sizes, margin=margin)),
        "mde": float(minimal_margin(**sizes)),
        "required": [float(v) for v in required],
    }


def _only_verdict(seen: Seen, margin: float, *, tells_size: bool) -> Seen:
    """Ends that say no more than the verdict, where others would tell the group's size or weights.

    With unequal weights every figure depends on what the few sponsors of a small cell weigh.
    """
    estimate, ends = only_verdict(seen.verdict, seen.estimate, margin)
    return replace(
        seen, rates=[None, None], estimate=estimate, narrow=list(ends), wide=list(ends), power=None,
        mde=None, required=[None, None], tells_size=tells_size,
    )  # fmt: skip


def _sizes(row: dict[str, Any] | None, *, minimum: int) -> dict[str, Any]:
    if row is None:
        names = ("effective_size", "design_effect")
        hide = {f"{name}{of}": None for name in names for of in ("", "_of_others")}
        return {f"random_inspections{of}": "not shown" for of in ("", "_of_others")} | hide
    (n, others), size, size_others = row["counts"], float(row["n1"]), float(row["n2"])
    return {
        "random_inspections": int(n), "random_inspections_of_others": shown(others, minimum),
        "effective_size": size, "effective_size_of_others": size_others,
        "design_effect": float(n) / size if size > 0 else None,
        "design_effect_of_others": float(others) / size_others if size_others > 0 else None,
    }  # fmt: skip


def _at_least(number: float | None, fewest: float) -> float | None:
    return None if number is None else max(number, fewest)


def fewest_inspections(arm: Arm, policy: Policy, g: int) -> float:
    """Random inspections of all sponsors that find the minimum of a group."""
    seen = max(float(known(arm.own, arm.rate)[g].sum()), policy.disclosure.minimum_count, 1.0)
    return float(np.ceil(policy.bias.minimum_group_audited * arm.audit.opened / seen))


def whole_number(number: float | None) -> int | None:
    """A number for the details; None if it is infinite."""
    return int(number) if number is not None and np.isfinite(number) else None
