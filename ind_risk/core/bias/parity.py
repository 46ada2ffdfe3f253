"""Selection parity of groups of sponsors: each group's share in band high against all others.

Works on counts, so it costs the same for a thousand and for a million sponsors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.multiplicity import exact_p_value, holm
from ind_risk.core.bias.parity_sentences import judged_sentence, small_sentence, void_sentence
from ind_risk.core.bias.power import equivalence_power, minimal_margin, required_sponsors
from ind_risk.core.bias.score_test import (
    equivalence_interval,
    score_interval,
    score_p_value,
    tost_p_value,
)
from ind_risk.core.bias.wording import shown
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

CHECK = "bias_selection_parity"
CLAIM = "selection_rate_difference"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Sponsors that are compared with all others of the same whole.

    Args:
        subject: as in the finding.
        label: completes "Sponsors …" ("with a majority from IND").
        n, selected: sponsors, and how many of them are in band high.
        members: what was pooled into the group; one entry if nothing was.
        assessable: whether the group reaches the policy's minimum.
        migrants: migrants of the group's sponsors; None where that is no measure.
    """

    subject: str
    label: str
    n: int
    selected: int
    members: tuple[str, ...]
    assessable: bool
    migrants: int | None = None


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All sponsors of one comparison.

    Args:
        n, selected: sponsors, and how many of them are in band high.
        migrants: their migrants; None where that is no measure.
        label: who they are ("sponsors with migrants").
    """

    n: int
    selected: int
    migrants: int | None
    label: str


def parity_findings(
    *, groups: Sequence[Group], pooled: Sequence[Group], whole: Whole, policy: Policy
) -> list[Finding]:
    """One finding for each group, and one for each pooled member that is itself a disparity.

    - A group that reaches the minimum is judged by the design's rule: equivalent if the (1 - 2
      alpha) `equivalence_interval` lies inside the margin, else by the (1 - alpha)
      Miettinen–Nurminen interval.
    - A smaller group is never equivalent. It is a disparity if its exact p-value, Holm-adjusted
      over all small groups and pooled members, is at most alpha; else insufficient data.
    - Pooling must not hide anybody: a pooled member whose difference is at least the margin and
      whose adjusted exact p-value is at most alpha gets a finding of its own, a disparity.
    - If nobody or everybody is selected, or there are hardly any others, parity is empty:
      insufficient data.

    Args:
        groups: disjoint; what belongs to none of them is only part of the others.
        pooled: the members of pooled groups one by one, not `assessable`.
        whole: everybody compared.
        policy: level, margin, minimum and smallest count to be shown.
    """
    if not 0 < whole.selected < whole.n:
        return [_void(g, whole, policy) for g in groups]
    few = max(policy.disclosure.minimum_count, 1)
    alone = [g for g in groups if whole.n - g.n < few]
    large = [g for g in groups if g.assessable and g not in alone]
    small = [g for g in groups if not g.assessable and g not in alone]
    adjusted = [float(p) for p in holm(_exact([*small, *pooled], whole))]
    limit = policy.bias.selection_rate_margin
    return [
        *_judged(large, whole, policy),
        *(_void(g, whole, policy) for g in alone),
        *(_small(g, whole, policy, p) for g, p in zip(small, adjusted, strict=False)),
        *(
            _small(g, whole, policy, p)
            for g, p in zip(pooled, adjusted[len(small) :], strict=True)
            if p <= policy.bias.alpha and abs(_difference(g, whole)) >= limit
        ),
    ]


def _exact(groups: Sequence[Group], whole: Whole) -> NDArray[np.float64]:
    return exact_p_value(
        x=[g.selected for g in groups],
        n=[g.n for g in groups],
        selected=whole.selected,
        total=whole.n,
    )


def _difference(group: Group, whole: Whole) -> float:
    others = whole.n - group.n
    if others == 0 or group.n == 0:
        return 0.0
    return group.selected / group.n - (whole.selected - group.selected) / others


def _judged(groups: Sequence[Group], whole: Whole, policy: Policy) -> list[Finding]:
    """Findings of groups that reach the minimum, all groups in one pass."""
    if not groups:
        return []
    alpha, margin = policy.bias.alpha, policy.bias.selection_rate_margin
    n1 = np.array([g.n for g in groups], dtype=float)
    x1 = np.array([g.selected for g in groups], dtype=float)
    counts: dict[str, Any] = {"x1": x1, "n1": n1, "x2": whole.selected - x1, "n2": whole.n - n1}
    sizes = {"n2": counts["n2"], "base": np.full_like(n1, whole.selected / whole.n)}
    columns = {
        "estimate": x1 / n1 - counts["x2"] / counts["n2"],
        "interval": np.column_stack(equivalence_interval(**counts, alpha=alpha)),
        "wide": np.column_stack(score_interval(**counts, confidence=1 - alpha)),
        "p_value": score_p_value(**counts),
        "tost": tost_p_value(**counts, margin=margin),
        "power": equivalence_power(n1=n1, **sizes, margin=margin, alpha=alpha),
        "mde": minimal_margin(n1=n1, **sizes, alpha=alpha),
    }
    columns["required"] = required_sponsors(
        **{name: column[:, None] for name, column in sizes.items()},
        margin=margin, alpha=alpha,
        difference=np.column_stack((np.zeros_like(n1), columns["estimate"])),
    )  # fmt: skip
    return [
        _finding(g, whole, policy, {name: column[k] for name, column in columns.items()})
        for k, g in enumerate(groups)
    ]


def _finding(group: Group, whole: Whole, policy: Policy, row: dict[str, Any]) -> Finding:
    alpha, margin = policy.bias.alpha, policy.bias.selection_rate_margin
    low, high = (float(v) for v in row["interval"])
    wide = [float(v) for v in row["wide"]]
    estimate = float(row["estimate"])
    verdict = judge_difference(
        estimate=estimate, tost_low=low, tost_high=high, low=wide[0], high=wide[1], margin=margin
    )
    others = whole.n - group.n
    rates = (group.selected / group.n, (whole.selected - group.selected) / others)
    required = max(float(row["required"][0]), policy.bias.minimum_group_sponsors)
    as_seen = max(float(row["required"][1]), required)
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict=verdict,
        estimate=estimate, low=low, high=high, margin=margin, n=group.n,
        minimal_detectable_effect=float(row["mde"]), power=float(row["power"]),
        p_value=float(row["p_value"]),
        sentence=judged_sentence(
            label=group.label, rates=rates, estimate=estimate, interval=(low, high), wide=wide,
            alpha=alpha, margin=margin, verdict=verdict, required=required, as_seen=as_seen,
            n=group.n,
        ),
        details={
            **_facts(group, whole, policy), "rate": rates[0], "rate_of_others": rates[1],
            "ratio": rates[0] / rates[1] if rates[1] > 0 else None,
            "confidence": 1 - 2 * alpha, "wide_confidence": 1 - alpha, "wide_interval": wide,
            "tost_p_value": float(row["tost"]), "required_sponsors": _whole_number(required),
            "required_sponsors_as_seen": _whole_number(as_seen),
            "method": "Miettinen-Nurminen, widened where skewness-corrected (Laud) is wider",
        },
    )  # fmt: skip


def _small(group: Group, whole: Whole, policy: Policy, adjusted: float) -> Finding:
    """A group below the minimum; the smallest get no numbers at all, for disclosure."""
    alpha, minimum = policy.bias.alpha, policy.disclosure.minimum_count
    verdict: Verdict = "disparity" if adjusted <= alpha else "insufficient_data"
    shows = group.n >= minimum
    counts = {
        "x1": group.selected, "n1": group.n,
        "x2": whole.selected - group.selected, "n2": whole.n - group.n,
    }  # fmt: skip
    low, high = equivalence_interval(**counts, alpha=alpha)
    base, margin = whole.selected / whole.n, policy.bias.selection_rate_margin
    required = float(required_sponsors(n2=whole.n - group.n, base=base, margin=margin, alpha=alpha))
    required = max(required, policy.bias.minimum_group_sponsors)
    sizes: dict[str, Any] = {"n1": group.n, "n2": whole.n - group.n, "base": base, "alpha": alpha}
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict=verdict,
        estimate=_difference(group, whole) if shows else None,
        low=float(low) if shows else None, high=float(high) if shows else None,
        margin=margin, n=group.n,
        minimal_detectable_effect=float(minimal_margin(**sizes)) if shows else None,
        power=float(equivalence_power(**sizes, margin=margin)) if shows else None,
        p_value=float(score_p_value(**counts)) if shows else None,
        sentence=small_sentence(group, whole, policy, verdict=verdict, required=required),
        details={
            **_facts(group, whole, policy),
            "exact_p_value_adjusted": adjusted if shows else None,
            "required_sponsors": _whole_number(required),
        },
    )  # fmt: skip


def _void(group: Group, whole: Whole, policy: Policy) -> Finding:
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=policy.bias.selection_rate_margin, n=group.n,
        sentence=void_sentence(group, whole), details=_facts(group, whole, policy),
    )  # fmt: skip


def _facts(group: Group, whole: Whole, policy: Policy) -> dict[str, Any]:
    """What the group is, with counts only where they may be shown."""
    minimum = policy.disclosure.minimum_count
    facts: dict[str, Any] = {
        "members": list(group.members),
        "sponsors": shown(group.n, minimum),
        "sponsors_selected": shown(group.selected, minimum),
        "other_sponsors": shown(whole.n - group.n, minimum),
        "other_sponsors_selected": shown(whole.selected - group.selected, minimum),
    }
    if group.migrants is not None:
        facts["migrants"] = shown(group.migrants, minimum)
    return facts


def _whole_number(number: float) -> int | None:
    return int(number) if np.isfinite(number) else None
