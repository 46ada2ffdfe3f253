"""The selection difference given declared factors: what remains among sponsors of the same sector.

A view beside selection parity, not instead of it: a factor can explain a difference without
justifying it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.difference_sentences import too_few
from ind_risk.core.bias.disclosure import hidden, only_verdict, to_marks
from ind_risk.core.bias.mantel_haenszel import count_tables
from ind_risk.core.bias.stratified_columns import stratified_columns
from ind_risk.core.bias.stratified_sentences import (
    explained_sentence,
    hidden_sentence,
    left_out_sentence,
    open_sentence,
    remaining_sentence,
    void_sentence,
)
from ind_risk.core.bias.wording import share
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

CHECK = "bias_selection_parity"
CLAIM = "selection_rate_difference_given_factors"


def stratified_findings(
    *,
    member: Membership,
    selected: NDArray[np.bool_],
    strata: NDArray[np.int64],
    factor_names: Sequence[str],
    policy: Policy,
) -> list[Finding]:
    """One finding for each group that reaches the minimum, and one on those that do not.

    The Mantel–Haenszel difference of selection rates of a group and the others of the same
    stratum, judged by the margin of selection parity at the level of one look. Strata without
    others, or without the group, compare nothing and drop out; which share of the group that
    leaves out, is said. What the factors explain is the share of the crude difference (that of
    selection parity) that is gone among the like; it is said only where the crude difference is
    beyond chance and hardly anybody is left out.

    Args:
        member: groups, and who is compared: n sponsors, or kinds of sponsors.
        selected: shape (n,), whether the band is high.
        strata: shape (n,), number of the combination of the factors' values.
        factor_names: what the strata are made of; without any there is one finding that says so.
        policy: level, margin, minimum and smallest count to be shown.

    Raises:
        IndRiskError: where the arrays are not all of shape (n,).
    """
    n = len(member.group)
    if not n == len(selected) == len(strata):
        raise IndRiskError(
            f"{n} sponsors, {len(selected)} selections and {len(strata)} strata do not belong "
            "together; give one of each for every sponsor."
        )
    if not factor_names:
        return [_summary(member, policy, [], "The policy names no factor to hold equal.")]
    there = member.compared
    chosen = np.asarray(selected, dtype=bool)
    tables = count_tables(
        group=member.group[there], selected=chosen[there], strata=strata[there],
        groups=len(member), times=None if member.times is None else member.times[there],
    )  # fmt: skip
    columns = stratified_columns(member, chosen, tables, policy)
    large = np.flatnonzero(member.grouping.assessable)
    found = [
        _finding({k: v[g] for k, v in columns.items()}, member, int(g), tuple(factor_names), policy)
        for g in large
    ]
    small = [int(g) for g in np.flatnonzero(~member.grouping.assessable)]
    return found + ([_summary(member, policy, small)] if small or not found else [])


def _finding(
    row: Mapping[str, Any], member: Membership, g: int, factors: Sequence[str], policy: Policy
) -> Finding:
    bias, few = policy.bias, max(policy.disclosure.minimum_count, 1)
    empty = not 0 < row["selected"] < row["n1"] + row["n2"]
    if row["n1"] < bias.minimum_group_sponsors or row["n2"] < few or empty:
        return _void(row, member, g, factors, policy)
    margin, exactly = bias.selection_rate_margin, bool(row["tells_rates"])
    ends = {k: tuple(float(v) for v in row[k]) for k in ("narrow", "wide")}
    verdict = judge_difference(
        estimate=float(row["estimate"]), tost_low=ends["narrow"][0], tost_high=ends["narrow"][1],
        low=ends["wide"][0], high=ends["wide"][1], margin=margin,
    )  # fmt: skip
    estimate = float(row["estimate"])
    if not exactly:
        estimate = only_verdict(verdict, estimate, margin)[0]
        ends = {k: to_marks(v[0], v[1], margin) for k, v in ends.items()}
    digits = 12 if exactly else 2
    return Finding(
        check=CHECK, claim=CLAIM, subject=member.subject(member.grouping.names[g]),
        verdict=verdict, estimate=estimate, low=ends["narrow"][0], high=ends["narrow"][1],
        margin=margin, n=int(row["n1"]) if row["tells_size"] else None,
        minimal_detectable_effect=round(float(row["mde"]), digits),
        power=round(float(row["power"]), digits),
        p_value=float(row["p_value"]) if exactly else None, required=bias.asks_for(CLAIM),
        sentence=_sentence(row, member.label(g), factors, policy, verdict),
        details=_details(row, member, g, factors, policy) | {"wide_interval": list(ends["wide"])},
    )  # fmt: skip


def _sentence(
    row: Mapping[str, Any], label: str, factors: Sequence[str], policy: Policy, verdict: Verdict
) -> str:
    bias = policy.bias
    required = max(float(row["required"]), bias.minimum_group_sponsors)
    as_seen: float | None = max(float(row["as_seen"]), required)
    crude, estimate = float(row["crude"]), float(row["estimate"])
    if row["tells_rates"]:
        text = remaining_sentence(
            label=label, factors=factors, crude=crude, estimate=estimate, narrow=row["narrow"],
            wide=row["wide"], level=bias.level, margin=bias.selection_rate_margin,
            verdict=verdict,
        )  # fmt: skip
        explained = explained_sentence(
            factors, crude=crude, estimate=estimate, all_compared=bool(row["all_compared"]),
            beyond_chance=(bool(row["clear"]), row["p_value"] < bias.level),
        )  # fmt: skip
        text += f" {explained}"
    else:
        required, as_seen = _rough(required), None
        text = hidden_sentence(
            label=label, factors=factors, margin=bias.selection_rate_margin, verdict=verdict
        )
    few = max(policy.disclosure.minimum_count, 1)
    text += left_out_sentence(factors, left_out=row["left_out"], n=row["n"], minimum=few)
    return text + open_sentence(required=required, as_seen=as_seen, verdict=verdict)


def _rough(number: float) -> float:
    """Rounded up to two digits."""
    if not np.isfinite(number):
        return number
    step = 10.0 ** max(np.floor(np.log10(number)) - 1, 0)
    return float(np.ceil(number / step) * step)


def _details(
    row: Mapping[str, Any],
    member: Membership,
    g: int,
    factors: Sequence[str],
    policy: Policy,
) -> dict[str, Any]:
    level, exactly = policy.bias.level, bool(row["tells_rates"])
    odds = [float(v) if exactly and np.isfinite(v) else None for v in row["odds"]]
    crude = float(row["crude"]) if exactly else None
    explained = None
    if crude and row["clear"] and row["all_compared"]:
        explained = 1 - float(row["estimate"]) / crude
    return {
        "members": list(member.grouping.members[g]), "factors": list(factors),
        "crude_difference": crude,
        "share_explained": explained,
        "share_without_comparison": share(
            row["left_out"], row["n"], max(policy.disclosure.minimum_count, 1)
        ) if row["left_out"] else "0 %",
        "strata_compared": int(row["strata"]),
        "standard_error": float(row["se"]) if exactly else None,
        "odds_ratio": odds[0], "odds_ratio_interval": odds[1:],
        "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
        "rounded": not exactly,
        "method": "Mantel-Haenszel; interval by Sato, widened where the stratified "
        "Miettinen-Nurminen interval is wider; odds ratio by Robins, Breslow and Greenland",
    }  # fmt: skip


def _void(
    row: Mapping[str, Any], member: Membership, g: int, factors: Sequence[str], policy: Policy
) -> Finding:
    few = max(policy.disclosure.minimum_count, 1)
    return Finding(
        check=CHECK, claim=CLAIM, subject=member.subject(member.grouping.names[g]),
        verdict="insufficient_data", estimate=None, low=None, high=None,
        margin=policy.bias.selection_rate_margin,
        n=int(row["n1"]) if row["tells_size"] and row["n1"] >= few else None,
        required=policy.bias.asks_for(CLAIM),
        sentence=void_sentence(
            label=member.label(g), factors=factors, n=int(row["n1"]), others=float(row["n2"]),
            tells_size=bool(row["tells_size"]),
            selected=float(row["selected"]), minimum=policy.bias.minimum_group_sponsors,
            hidden_below=few,
        ),
        details={"members": list(member.grouping.members[g]), "factors": list(factors)},
    )  # fmt: skip


def _summary(
    member: Membership, policy: Policy, small: Sequence[int], why: str | None = None
) -> Finding:
    """On the groups that are too small; asked for only where no other group is judged."""
    minimum, bias = policy.disclosure.minimum_count, policy.bias
    named = sorted({code for g in small for code in member.grouping.members[g]})
    sizes = member.sums()
    no_size = hidden(sizes[:-1], total=sizes[-1], minimum=minimum)
    tells = bool(small) and not no_size[list(small)].any()
    n = int(sizes[list(small)].sum()) if tells else None
    text = too_few(
        named=named, n=n, hidden_below=minimum, minimum=bias.minimum_group_sponsors,
        whose="with migrants", attribute=member.attribute,
    )  # fmt: skip
    judged = why is None and bool(member.grouping.assessable.any())
    return Finding(
        check=CHECK, claim=CLAIM, subject="too small", verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=bias.selection_rate_margin, n=n,
        required=not judged and bias.asks_for(CLAIM),
        sentence=text if why is None else f"{why} Insufficient data; name one, such as sector.",
        details={"members": named},
    )  # fmt: skip
