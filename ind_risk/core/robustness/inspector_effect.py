"""The check "inspector_effect": whether who inspects decides what is found, beyond the case mix.

Labels by inspectors who differ make a model learn whom they visit, not how sponsors behave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import hidden
from ind_risk.core.bias.wording import per_cent, points, shown
from ind_risk.core.findings import Finding, judge_bound
from ind_risk.core.robustness.inspector_effect_permutation import permutation_p_value
from ind_risk.core.robustness.inspector_effect_spread import (
    POWER,
    inspections_needed,
    inspector_effects,
    spread,
)
from ind_risk.core.robustness.inspector_effect_table import inspected

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.robustness.inspector_effect_spread import Effects, Spread
    from ind_risk.core.robustness.inspector_effect_table import Inspected

CHECK, CLAIM = "inspector_effect", "inspector_spread"
COVERED_AT_LEAST = 0.8  # of inspections by inspectors that can be compared, before "established"
SUPPOSED_INSPECTORS, SUPPOSED_RATE = 10, 0.10  # for planning, where nothing is recorded yet
METHOD = (
    "least squares within strata; Q-profile (Viechtbauer, 2007) with a Rao-Scott design effect; "
    "permutation test of the sum of squared standardised residual sums"
)


def inspector_effect_findings(
    *,
    inspections: pd.DataFrame,
    policy: Policy,
    seed: int,
    case_mix: Sequence[str] = ("sector",),
) -> list[Finding]:
    """Judge the standard deviation between inspectors of what they find in the same case mix.

    All inspections with a known outcome count, of whatever route and year: they are what a model
    learns from, and inspectors are compared within year, route and case mix only. An inspector of
    whom fewer than five findings, or five others, are to be expected is left out. The limits are
    one-sided at `policy.robustness_level` each: "established" if the upper one is at most the
    policy's bound and 80 % of inspections are compared, "refuted" if the lower one is above it.

    Args:
        inspections: sponsor_id, opened_on, inspector_id, outcome, selection of a period; optionally
            `score` of the sponsor by a model that does not read who inspects, and the columns of
            `case_mix`.
        policy: bound, level, smallest count to be shown, resamples.
        seed: of the permutations.
        case_mix: columns that stand for the case mix where there is no score.

    Returns:
        One finding; `details["inspectors"]` holds inspections and adjusted rate by pseudonym, of
        those whose counts are large enough to be shown.

    Raises:
        IndRiskError: if a column is missing.
    """
    table = inspected(inspections, case_mix=case_mix)
    bound, alpha = policy.robustness.inspector_spread_at_most, policy.robustness_level
    effects = None if _reason(table) else inspector_effects(table)
    n_needed = _needed(table, effects, bound, alpha)
    details: dict[str, Any] = {**_counts(table, policy), "inspections_needed": n_needed}
    if effects is None:
        reason = _reason(table) or "No two inspectors had cases of the same mix to be compared on."
        return [_finding("insufficient_data", table, policy, reason + _shows(n_needed), details)]
    found = spread(effects, alpha=alpha)
    verdict = judge_bound(low=-found.high, high=-found.low, at_least=-bound)
    if verdict == "established" and table.covered < COVERED_AT_LEAST:
        verdict = "insufficient_data"
    p = permutation_p_value(
        table, design=effects.design, resamples=policy.bias.resamples, seed=seed
    )
    rows = _rows(table, effects, policy)
    details |= {
        "inspectors": rows, "method": METHOD, "design_effect": effects.design,
        "confidence": 1 - 2 * alpha, "freedom": effects.freedom,
    }  # fmt: skip
    end = _end(verdict, table, found, bound, n_needed)
    sentence = f"{_start(table, found, rows, bound, alpha)}; {end}{_chance(p)}"
    return [_finding(verdict, table, policy, sentence, details, found=found, p_value=p)]


def _reason(table: Inspected) -> str | None:
    if table.known == 0:
        return "No inspection has a known outcome."
    if not 0 < table.known_found < table.known:
        which = "None" if table.known_found == 0 else "Every one"
        return f"{which} of {table.known:,} inspections found non-compliance: nothing to compare."
    if table.recorded == 0:
        return f"None of {table.known:,} inspections says who inspected."
    if table.recorded == 1:
        return f"All {table.known - table.unnamed:,} inspections that say who inspected name one."
    if len(table.names) < 2:
        return (
            f"Of {table.recorded:,} inspectors, {len(table.names)} has inspected enough to be "
            "compared (five findings and five others to be expected)."
        )
    return None


def _needed(table: Inspected, effects: Effects | None, bound: float, alpha: float) -> int:
    rate = table.known_found / table.known if table.known else SUPPOSED_RATE
    rate = rate if 0 < rate < 1 else SUPPOSED_RATE
    return inspections_needed(
        inspectors=table.recorded if table.recorded > 1 else SUPPOSED_INSPECTORS,
        rate=rate,
        residual=rate * (1 - rate) if effects is None else effects.residual,
        bound=bound,
        alpha=alpha,
    )


def _counts(table: Inspected, policy: Policy) -> dict[str, Any]:
    least = policy.disclosure.minimum_count
    counts = {
        "known_outcome": table.known, "compared": table.n, "inspector_not_recorded": table.unnamed,
        "inspector_with_too_few": table.few,
    }  # fmt: skip
    told: dict[str, Any] = {k: shown(v, least) if v else 0 for k, v in counts.items()}
    days = [d.isoformat() for d in table.opened] if table.opened else [None, None]
    return {**told, "recorded": table.recorded, "first_opened": days[0], "last_opened": days[1]}


def _rows(table: Inspected, effects: Effects, policy: Policy) -> list[dict[str, Any]]:
    """Adjusted rates of inspectors with enough of either outcome, none of which gives others back.

    The totals of both outcomes count as published.
    """
    least = policy.disclosure.minimum_count
    found, count = table.found.sum(axis=0), table.count.sum(axis=0)
    hide = hidden(found, total=found.sum(), minimum=least)
    hide |= hidden(count - found, total=(count - found).sum(), minimum=least)
    rate = np.clip(table.outcome.mean() + effects.value, 0.0, 1.0)
    return [
        {
            "inspector": table.names[k], "inspections": int(count[k]), "rate": float(rate[k]),
            "standard_error": float(effects.error[k]),
        }
        for k in np.flatnonzero(~hide)
    ]  # fmt: skip


def _start(
    table: Inspected, found: Spread, rows: list[dict[str, Any]], bound: float, alpha: float
) -> str:
    when = f" from {table.opened[0]} to {table.opened[1]}" if table.opened else ""
    rates = [r["rate"] for r in rows]
    ends = ""
    if len(rates) > 1:
        which = (
            "" if len(rates) == len(table.names) else f" among the {len(rates)} that can be shown"
        )
        ends = f" (from {per_cent(min(rates))} to {per_cent(max(rates))}{which})"
    return (
        f"In {table.n:,} inspections{when}, what {len(table.names)} inspectors find in cases of "
        f"the same year, route and mix differs{ends}, with a standard deviation of "
        f"{_points(found.estimate, bound)} points ({100 * (1 - 2 * alpha):.0f} % interval "
        f"{_points(found.low, bound)} to {_points(found.high, bound)}); at most {100 * bound:g} "
        "points is asked"
    )


def _end(verdict: Verdict, table: Inspected, found: Spread, bound: float, n_needed: int) -> str:
    if verdict in ("established", "refuted"):
        return "this is shown." if verdict == "established" else "this is refuted."
    if found.high <= bound:
        return (
            f"this holds for those compared, but they made only {per_cent(table.covered)} of the "
            "inspections: record who inspects."
        )
    if n_needed > table.n:
        return f"these inspections neither show nor refute it.{_shows(n_needed)}"
    return (
        "these inspections neither show nor refute it, though there would be enough of them if "
        "inspectors did not differ: ask what makes them differ."
    )


def _chance(p: float) -> str:
    amount = f"{100 * p:.1f} %" if p >= 0.001 else "less than 0.1 %"
    return f" Chance alone makes inspectors differ so much in {amount} of cases."


def _shows(n: int) -> str:
    return (
        f" About {n:,} inspections, shared out equally, would show it in {100 * POWER:.0f} % of "
        "cases if inspectors did not differ."
    )


def _points(value: float, bound: float) -> str:
    return points(value, margin=bound).lstrip("+")


def _finding(
    verdict: Verdict,
    table: Inspected,
    policy: Policy,
    sentence: str,
    details: dict[str, Any],
    *,
    found: Spread | None = None,
    p_value: float | None = None,
) -> Finding:
    return Finding(
        check=CHECK,
        claim=CLAIM,
        subject="all",
        verdict=verdict,
        estimate=None if found is None else found.estimate,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        margin=policy.robustness.inspector_spread_at_most,
        n=table.n if table.n == 0 or table.n >= policy.disclosure.minimum_count else None,
        sentence=sentence,
        p_value=p_value,
        details=details,
        required=policy.robustness.asks_for(CLAIM, verdict),
    )
