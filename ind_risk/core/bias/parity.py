"""Selection parity of groups of sponsors: each group's share in band high against all others.

Works on counts, so it costs the same for a thousand and for a million sponsors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import only_verdict
from ind_risk.core.bias.exact_unconditional import exact_tost_p_value
from ind_risk.core.bias.multiplicity import exact_p_value, holm
from ind_risk.core.bias.parity_ratio import ratio_findings
from ind_risk.core.bias.parity_sentences import judged_sentence, small_sentence, void_sentence
from ind_risk.core.bias.parity_telling import (
    Telling,
    as_told,
    block,
    least_far,
    low_ends,
    tellings,
)
from ind_risk.core.bias.power import equivalence_power, minimal_margin, required_sponsors
from ind_risk.core.bias.score_test import (
    equivalence_interval,
    score_p_value,
    tost_p_value,
)
from ind_risk.core.bias.wording import VERDICT_WORDS, margin_points, shown
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.parity_counts import Group, Whole
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

CHECK = "bias_selection_parity"
CLAIM = "selection_rate_difference"
_METHOD = "widest of Miettinen-Nurminen, skewness-corrected, exact limits by MOVER"
_EXACT_UP_TO = 200  # sponsors; above, the score test is as good and the exact one slow


@dataclass(frozen=True)
class Seen:
    """The figures of a group as they may be told: rates, difference, and its two intervals."""

    rates: tuple[float, float]
    estimate: float
    narrow: tuple[float, float]
    wide: tuple[float, float]


def parity_findings(
    *,
    groups: Sequence[Group],
    pooled: Sequence[Group],
    whole: Whole,
    policy: Policy,
    ratios: bool = True,
    secret: Collection[str] = (),
) -> list[Finding]:
    """Findings of each group, and one for each pooled member that is itself a disparity.

    - A group that reaches the minimum is judged by the design's rule at the level of one look:
      equivalent if the (1 - 2 level) interval lies inside the margin, else by the (1 - level) one.
      With `ratios` a second finding judges the ratio of the rates by its own margin.
    - A smaller group is never equivalent. It is a disparity, and asked for, if its exact p-value,
      Holm-adjusted over all small groups and pooled members, is at most the level; else it has
      insufficient data and is listed only: how much may be left so, is for the check on coverage.
    - Pooling must not hide anybody: a pooled member whose difference is at least the margin and
      whose adjusted exact p-value is at most the level gets a finding of its own, a disparity.
    - If nobody or everybody is selected, or there are hardly any others, parity is empty:
      insufficient data.

    Args:
        groups: disjoint; what belongs to none of them is only part of the others.
        pooled: the members of pooled groups one by one, not `assessable`.
        whole: everybody compared.
        policy: level, margins, minimum and smallest count to be shown.
        ratios: judge the ratios as well.
        secret: subjects of which neither size nor figures may be told, to protect another table.
    """
    telling = tellings(groups, pooled, whole, policy.disclosure.minimum_count)
    telling |= {name: Telling(size=False, rates=False, figures=False) for name in secret}
    if not 0 < whole.selected < whole.n:
        return [_void(g, whole, policy, telling[g.subject]) for g in groups]
    few = max(policy.disclosure.minimum_count, 1)
    alone = [g for g in groups if whole.n - g.n < few]
    large = as_told([g for g in groups if g.assessable and g not in alone], whole, policy, telling)
    small = [g for g in groups if not g.assessable and g not in alone]
    adjusted = [
        float(p) for p in holm(_exact(least_far([*small, *pooled], whole, policy, telling), whole))
    ]
    limit, level = policy.bias.selection_rate_margin, policy.bias.level
    return [
        *_judged(large, whole, policy, telling),
        *(
            ratio_findings(low_ends(large, whole, policy, telling), whole, policy, telling)
            if ratios
            else ()
        ),
        *(_void(g, whole, policy, telling[g.subject]) for g in alone),
        *(
            _small(g, whole, policy, p, telling[g.subject])
            for g, p in zip(small, adjusted, strict=False)
        ),
        *(
            _small(g, whole, policy, p, telling[g.subject])
            for g, p in zip(pooled, adjusted[len(small) :], strict=True)
            if p <= level and abs(_difference(g, whole)) >= limit
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


def _judged(
    groups: Sequence[Group], whole: Whole, policy: Policy, telling: dict[str, Telling]
) -> list[Finding]:
    """Findings of groups that reach the minimum, all groups in one pass."""
    if not groups:
        return []
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    n1 = np.array([g.n for g in groups], dtype=float)
    likely = least_far(groups, whole, policy, telling)
    x1 = np.array([g.selected for g in likely], dtype=float)
    counts: dict[str, Any] = {"x1": x1, "n1": n1, "x2": whole.selected - x1, "n2": whole.n - n1}
    sizes = {"n2": counts["n2"], "base": np.full_like(n1, whole.selected / whole.n)}
    columns = {
        "estimate": x1 / n1 - counts["x2"] / counts["n2"],
        "interval": np.column_stack(equivalence_interval(**counts, alpha=level)),
        "wide": np.column_stack(equivalence_interval(**counts, alpha=level / 2)),
        "p_value": score_p_value(**counts),
        "tost": tost_p_value(**counts, margin=margin),
        "power": equivalence_power(n1=n1, **sizes, margin=margin, alpha=level),
        "mde": minimal_margin(n1=n1, **sizes, alpha=level),
        **sizes,
    }
    columns["required"] = required_sponsors(
        **{name: column[:, None] for name, column in sizes.items()},
        margin=margin, alpha=level,
        difference=np.column_stack((np.zeros_like(n1), columns["estimate"])),
    )  # fmt: skip
    return [
        _finding(
            g, whole, policy, {name: column[k] for name, column in columns.items()},
            telling[g.subject],
        )
        for k, g in enumerate(groups)
    ]  # fmt: skip


def _finding(
    group: Group, whole: Whole, policy: Policy, row: dict[str, Any], told: Telling
) -> Finding:
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    seen = _plain(group, whole, row) if told.rates else _coarse(group, whole, policy)
    # By the figures as they are told: else the verdict would tell more than they do.
    verdict = judge_difference(
        estimate=seen.estimate, tost_low=seen.narrow[0], tost_high=seen.narrow[1],
        low=seen.wide[0], high=seen.wide[1], margin=margin,
    )  # fmt: skip
    if not told.figures:
        return _only_verdict(group, whole, policy, seen, verdict)
    needed = row["required"] if told.rates else _needed(seen, row, policy)
    required = max(float(needed[0]), policy.bias.minimum_group_sponsors)
    as_seen = max(float(needed[1]), required)
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict=verdict,
        estimate=seen.estimate, low=seen.narrow[0], high=seen.narrow[1], margin=margin,
        n=group.n if told.size else None,
        minimal_detectable_effect=float(row["mde"]), power=float(row["power"]),
        p_value=float(row["p_value"]) if told.rates else None,
        required=policy.bias.asks_for(CLAIM),
        sentence=judged_sentence(
            label=group.label, rates=seen.rates, estimate=seen.estimate, interval=seen.narrow,
            wide=seen.wide, alpha=level, margin=margin, verdict=verdict, required=required,
            as_seen=as_seen, n=group.n, rounded=not told.rates,
        ),
        details={
            **facts(group, whole, policy, told),
            "rate": seen.rates[0], "rate_of_others": seen.rates[1],
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
            "wide_interval": list(seen.wide),
            "tost_p_value": float(row["tost"]) if told.rates else None,
            "rounded": not told.rates,
            "required_sponsors": _whole_number(required),
            "required_sponsors_as_seen": _whole_number(as_seen),
            "method": _METHOD,
        },
    )  # fmt: skip


def _needed(seen: Seen, row: dict[str, Any], policy: Policy) -> NDArray[np.float64]:
    """Sponsors needed if there is no difference, and if it is as told."""
    return required_sponsors(
        n2=row["n2"], base=row["base"], margin=policy.bias.selection_rate_margin,
        alpha=policy.bias.level, difference=np.array([0.0, seen.estimate]),
    )  # fmt: skip


def _only_verdict(
    group: Group, whole: Whole, policy: Policy, seen: Seen, verdict: Verdict
) -> Finding:
    """The finding of a group of which no figure may be told: ends say no more than the verdict."""
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    estimate, ends = only_verdict(verdict, seen.estimate, margin)
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict=verdict,
        estimate=estimate, low=ends[0], high=ends[1], margin=margin, n=None,
        required=policy.bias.asks_for(CLAIM),
        sentence=f"Sponsors {group.label}, against the margin of {margin_points(margin)} in being "
        f"selected: {VERDICT_WORDS[verdict]}. Figures are not shown, because few sponsors are "
        "behind them.",
        details={
            **facts(group, whole, policy, Telling(size=False, rates=False)),
            "rate": None, "rate_of_others": None,
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level, "wide_interval": list(ends),
            "tost_p_value": None, "rounded": True,
            "required_sponsors": None, "required_sponsors_as_seen": None, "method": _METHOD,
        },
    )  # fmt: skip


def _small(group: Group, whole: Whole, policy: Policy, adjusted: float, told: Telling) -> Finding:
    """A group below the minimum; one of which too little may be told gets no numbers at all."""
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    verdict: Verdict = "disparity" if adjusted <= level else "insufficient_data"
    counts = {
        "x1": group.selected, "n1": group.n,
        "x2": whole.selected - group.selected, "n2": whole.n - group.n,
    }  # fmt: skip
    low, high = (float(v) for v in equivalence_interval(**counts, alpha=level))
    estimate = _difference(group, whole)
    if not told.rates:
        seen = _coarse(group, whole, policy)
        estimate, (low, high) = seen.estimate, seen.narrow
    base = whole.selected / whole.n
    others = counts["n2"] if told.size else whole.n
    required = float(required_sponsors(n2=others, base=base, margin=margin, alpha=level))
    required = max(required, policy.bias.minimum_group_sponsors)
    sizes: dict[str, Any] = {"n1": group.n, "n2": counts["n2"], "base": base, "alpha": level}
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict=verdict,
        estimate=estimate if told.size else None,
        low=low if told.size else None, high=high if told.size else None,
        margin=margin, n=group.n if told.size else None,
        minimal_detectable_effect=float(minimal_margin(**sizes)) if told.size else None,
        power=float(equivalence_power(**sizes, margin=margin)) if told.size else None,
        p_value=float(score_p_value(**counts)) if told.rates else None,
        required=verdict == "disparity" and policy.bias.asks_for(CLAIM),
        sentence=small_sentence(
            group, whole, policy, verdict=verdict, required=required, tells_size=told.size
        ),
        details={
            **facts(group, whole, policy, told),
            "exact_p_value_adjusted": adjusted if told.rates else None,
            "exact_equivalence_p_value": exact_tost_p_value(**counts, margin=margin)
            if told.rates and group.n <= _EXACT_UP_TO
            else None,
            "required_sponsors": _whole_number(required),
        },
    )  # fmt: skip


def _plain(group: Group, whole: Whole, row: dict[str, Any]) -> Seen:
    """The figures as they are."""
    others = whole.n - group.n
    return Seen(
        rates=(group.selected / group.n, (whole.selected - group.selected) / others),
        estimate=float(row["estimate"]),
        narrow=(float(row["interval"][0]), float(row["interval"][1])),
        wide=(float(row["wide"][0]), float(row["wide"][1])),
    )


def _coarse(group: Group, whole: Whole, policy: Policy) -> Seen:
    """Figures that are the same for a whole block of numerators."""
    level, others = policy.bias.level, whole.n - group.n
    x = np.array(block(group, whole, policy), dtype=float)
    rest = np.clip(whole.selected - x, 0, others)
    counts = {"x1": x, "n1": group.n, "x2": rest, "n2": others}
    ends = [equivalence_interval(**counts, alpha=a) for a in (level, level / 2)]
    narrow, wide = ((float(low.min()), float(high.max())) for low, high in ends)
    rates = float(x.mean()) / group.n, float(rest.mean()) / others
    return Seen(rates, rates[0] - rates[1], narrow, wide)


def _void(group: Group, whole: Whole, policy: Policy, told: Telling) -> Finding:
    return Finding(
        check=CHECK, claim=CLAIM, subject=group.subject, verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=policy.bias.selection_rate_margin,
        n=group.n if told.size else None, required=policy.bias.asks_for(CLAIM),
        sentence=void_sentence(group, whole), details=facts(group, whole, policy, told),
    )  # fmt: skip


def facts(group: Group, whole: Whole, policy: Policy, told: Telling) -> dict[str, Any]:
    """What the group is, with counts only where they may be shown."""
    minimum = policy.disclosure.minimum_count
    none = shown(0, max(minimum, 1))
    given: dict[str, Any] = {
        "members": list(group.members),
        "sponsors": group.n if told.size else _fewer(group.n, minimum),
        "sponsors_selected": group.selected if told.rates else _fewer(group.selected, minimum),
        "other_sponsors": whole.n - group.n if told.size else "not shown",
        "other_sponsors_selected": whole.selected - group.selected if told.rates else "not shown",
    }
    if group.migrants is not None:
        safe = whole.migrants is not None and whole.migrants - group.migrants >= minimum
        given["migrants"] = shown(group.migrants, minimum) if told.size and safe else none
    return given


def _fewer(count: int, minimum: int) -> str:
    """Words for a hidden count: small itself, or hidden to protect another."""
    return f"fewer than {minimum}" if count < minimum else "not shown"


def _whole_number(number: float) -> int | None:
    return int(number) if np.isfinite(number) else None
