"""Selection parity as a ratio: how many times as often a group is selected as others.

An absolute margin of five points says little where one sponsor in fifty is selected; a ratio does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.parity_telling import block
from ind_risk.core.bias.score_ratio import ratio_equivalence_interval, ratio_tost_p_value
from ind_risk.core.bias.wording import VERDICT_WORDS, confidence
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ind_risk.core.bias.parity_counts import Group, Whole
    from ind_risk.core.bias.parity_telling import Telling
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

CLAIM = "selection_rate_ratio"
_CHECK = "bias_selection_parity"
_POWER = 0.80


def ratio_findings(
    groups: Sequence[Group], whole: Whole, policy: Policy, telling: Mapping[str, Telling]
) -> list[Finding]:
    """One finding for each group that reaches the minimum, judged on the logarithm of the ratio.

    Args:
        groups: with others to compare with.
        whole: everybody compared, some but not all of them selected.
        policy: level and margin; the margin's inverse is the other end.
        telling: what of each group may be told.
    """
    if not groups:
        return []
    level, margin = policy.bias.level, policy.bias.selection_ratio_margin
    n1 = np.array([g.n for g in groups], dtype=float)
    x1 = np.array([g.selected for g in groups], dtype=float)
    counts: dict[str, Any] = {"x1": x1, "n1": n1, "x2": whole.selected - x1, "n2": whole.n - n1}
    narrow = np.column_stack(ratio_equivalence_interval(**counts, alpha=level))
    wide = np.column_stack(ratio_equivalence_interval(**counts, alpha=level / 2))
    tost = ratio_tost_p_value(**counts, margin=margin)
    made = []
    for k, group in enumerate(groups):
        ends = np.array([_ratio(group, whole), *narrow[k], *wide[k]])
        made.append(_finding(group, whole, policy, ends, float(tost[k]), telling[group.subject]))
    return made


def _ratio(group: Group, whole: Whole) -> float:
    others = (whole.selected - group.selected) / (whole.n - group.n)
    return group.selected / group.n / others if others > 0 else np.inf


def _finding(
    group: Group, whole: Whole, policy: Policy, ends: Any, tost: float, told: Telling
) -> Finding:
    level, margin = policy.bias.level, policy.bias.selection_ratio_margin
    if not told.rates:
        ends = _coarse(group, whole, policy)
    logs = np.log(np.clip(ends, 1e-9, 1e9))
    verdict = judge_difference(
        estimate=logs[0], tost_low=logs[1], tost_high=logs[2], low=logs[3], high=logs[4],
        margin=float(np.log(margin)),
    )  # fmt: skip
    known = [float(v) if np.isfinite(v) else None for v in ends]
    return Finding(
        check=_CHECK, claim=CLAIM, subject=group.subject, verdict=verdict,
        estimate=known[0], low=known[1], high=known[2], margin=margin,
        n=group.n if told.size else None, required=policy.bias.asks_for(CLAIM),
        sentence=_sentence(group, whole, policy, ends, verdict),
        details={
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level, "wide_interval": known[3:],
            "tost_p_value": tost if told.rates else None, "rounded": not told.rates,
            "method": "Miettinen-Nurminen, widened where skewness-corrected is wider",
        },
    )  # fmt: skip


def _coarse(group: Group, whole: Whole, policy: Policy) -> Any:
    """Ratio and both intervals that are the same for a whole block of numerators."""
    x = np.array(block(group, whole, policy), dtype=float)
    rest = np.clip(whole.selected - x, 0, whole.n - group.n)
    counts = {"x1": x, "n1": group.n, "x2": rest, "n2": whole.n - group.n}
    level, others = policy.bias.level, float(rest.mean())
    ends = [ratio_equivalence_interval(**counts, alpha=a) for a in (level, level / 2)]
    middle = float(x.mean()) / group.n * (whole.n - group.n) / others if others > 0 else np.inf
    return np.array([middle, *(v for low, high in ends for v in (low.min(), high.max()))])


def _sentence(group: Group, whole: Whole, policy: Policy, ends: Any, verdict: Verdict) -> str:
    level, margin = policy.bias.level, policy.bias.selection_ratio_margin
    narrow = f"{confidence(1 - 2 * level)} interval {_times(ends[1])} to {_times(ends[2])}"
    wide = f"{confidence(1 - level)} interval {_times(ends[3])} to {_times(ends[4])}"
    edge = f"{1 / margin:.2f} to {margin:.2f}"
    end = {
        "equivalent": f"{narrow}, inside {edge}",
        "disparity": f"{narrow}, not inside {edge}; {wide}, without 1",
        "risk_signalled": f"{narrow}; the ratio lies outside {edge}, though the {wide} includes 1",
    }.get(verdict, f"{narrow}, not inside {edge}")
    sentence = (
        f"Sponsors {group.label} are selected {_times(ends[0])} times as often as others: {end}: "
        f"{VERDICT_WORDS[verdict]}."
    )
    return sentence + (_wanted(whole, policy) if verdict == "insufficient_data" else "")


def _wanted(whole: Whole, policy: Policy) -> str:
    """Sponsors for 80 % power if the rates are equal, by the variance of the log ratio.

    Both sides have to reject, hence the quantile of (1 + power) / 2.
    """
    from scipy.special import ndtri

    base = whole.selected / whole.n
    reach = float(ndtri(1 - policy.bias.level) + ndtri((1 + _POWER) / 2))
    needed = (1 - base) / base / (np.log(policy.bias.selection_ratio_margin) / reach) ** 2
    return f" For 80 % power the group would need about {needed:,.0f} sponsors if rates are equal."


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if np.isfinite(ratio) else "infinitely many"
