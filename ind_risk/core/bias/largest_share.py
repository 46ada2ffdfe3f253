"""Selection parity by largest share: what sponsors without a majority could hide.

Each sponsor is counted to the nationality of which it has most migrants, to each of them if several
are equal: of sponsors that are half Nigerian and half Indian, none has a majority, and a model can
single out every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.disclosure import to_marks
from ind_risk.core.bias.groups import OTHER, pool
from ind_risk.core.bias.membership import NATIONALITY
from ind_risk.core.bias.multiplicity import exact_p_value, holm
from ind_risk.core.bias.parity import CHECK
from ind_risk.core.bias.parity_groups import pooled_codes
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.score_test import equivalence_interval
from ind_risk.core.bias.wording import VERDICT_WORDS, margin_points
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

CLAIM = "selection_rate_difference_largest_share"


@dataclass(frozen=True, eq=False)
class Largest:
    """Pairs of a sponsor and a nationality of which it has most migrants.

    Args:
        sponsor, code: shape (pairs,).
        tied: shape (pairs,), whether the sponsor is in more than one pair.
        codes: how many codes there are.
    """

    sponsor: Ints
    code: Ints
    tied: NDArray[np.bool_]
    codes: int

    def counted(self, group: Ints, values: NDArray[np.bool_] | None = None) -> Ints:
        """Sponsors of each group, a sponsor once in each of its groups.

        Args:
            group: shape (codes,), number of each code's group; -1 for none.
            values: shape (sponsors,), which sponsors count; all if None.
        """
        width = int(group.max(initial=-1)) + 1
        of = group[self.code]
        kept = of >= 0 if values is None else (of >= 0) & values[self.sponsor]
        alone, tied = kept & ~self.tied, kept & self.tied
        found = np.bincount(of[alone], minlength=width)
        pairs = np.unique(self.sponsor[tied] * max(width, 1) + of[tied])
        return (found + np.bincount(pairs % max(width, 1), minlength=width)).astype(np.int64)


@dataclass(frozen=True)
class _Row:
    """Sponsors of one group.

    Args:
        name, members: of the group.
        n, selected: sponsors, and how many of them are in band high.
        large: whether it reaches the minimum.
    """

    name: str
    members: tuple[str, ...]
    n: int
    selected: int
    large: bool


@dataclass(frozen=True)
class _Judged:
    """What is told of a group.

    Args:
        verdict: by the rule of selection parity.
        interval: moved outwards to 0, the margin or 1.
        more: whether its sponsors are selected more often.
        stands_out: whether it is a disparity by at least the margin.
    """

    verdict: Verdict
    interval: tuple[float, float]
    more: bool
    stands_out: bool


def largest_share_findings(
    people: Population, *, policy: Policy, attribute: str = NATIONALITY
) -> list[Finding]:
    """Each nationality's sponsors by largest share against all others, as verdicts.

    - Groups are pooled by UN M49 as for majorities, and judged by the rule of selection parity.
    - The gate asks for a finding only where it is a disparity by at least the margin: majorities
      are what must be shown to be equivalent, and most sponsors are in the same group by both. A
      finding that can only close takes no level from the others.
    - Groups below the minimum and pooled nationalities have a finding only in that case, by the
      exact test, Holm-adjusted over all of them.
    - Only verdicts are told: sizes and rates beside those of the majorities would give the few
      away who are in one and not in the other.

    Args:
        people: the sponsors and their migrants.
        policy: level, margin, minimum.
        attribute: what the codes of `people` are; regions pool nationalities only.

    Returns:
        Nothing where nobody or everybody with migrants is selected.
    """
    there = people.with_migrants
    n, selected = int(there.sum()), int(people.selected[there].sum())
    if not 0 < selected < n:
        return []
    pairs = largest_shares(people)
    grouping = pool(
        people.codes, size=pairs.counted, minimum=policy.bias.minimum_group_sponsors,
        by_region=attribute == NATIONALITY,
    )  # fmt: skip
    rows = [r for r in _rows(people, pairs, grouping) if 0 < r.n < n]
    small = [r for r in rows if not r.large]
    adjusted = iter(
        holm(
            exact_p_value(
                x=[r.selected for r in small], n=[r.n for r in small], selected=selected, total=n
            )
        )
    )
    p_values = [None if r.large else float(next(adjusted)) for r in rows]
    of = _judged(rows, n, selected, policy, p_values)
    found = [_finding(r, j, policy, attribute) for r, j in zip(rows, of, strict=True)]
    return [f for f, r in zip(found, rows, strict=True) if r.large or f.required]


def largest_shares(people: Population) -> Largest:
    """To which nationality or nationalities each sponsor counts."""
    most = np.zeros(len(people.total), dtype=np.int64)
    np.maximum.at(most, people.sponsor, people.migrants)
    top = (people.migrants == most[people.sponsor]) & (people.migrants > 0)
    sponsor = people.sponsor[top]
    tied = np.bincount(sponsor, minlength=len(most))[sponsor] > 1
    return Largest(sponsor, people.code[top], tied, len(people.codes))


def _rows(people: Population, pairs: Largest, grouping: Grouping) -> list[_Row]:
    """The groups, and the members of pools one by one."""
    each = np.arange(pairs.codes, dtype=np.int64)
    n, x, n_each, x_each = (
        pairs.counted(of, values)
        for of in (grouping.group_of_code, each)
        for values in (None, people.selected)
    )
    groups = [
        _Row(name, grouping.members[g], int(n[g]), int(x[g]), bool(grouping.assessable[g]))
        for g, name in enumerate(grouping.names)
    ]
    alone = [
        _Row(people.codes[c], (people.codes[c],), int(n_each[c]), int(x_each[c]), large=False)
        for c in pooled_codes(people.codes, grouping)
    ]
    return [*groups, *alone]


def _judged(
    rows: list[_Row], n: int, selected: int, policy: Policy, p_values: list[float | None]
) -> list[_Judged]:
    """Groups against all others; small ones by their adjusted exact p-values."""
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    own, size = (
        np.array(v, dtype=np.int64) for v in ([r.selected for r in rows], [r.n for r in rows])
    )
    counts = {"x1": own, "n1": size, "x2": selected - own, "n2": n - size}
    narrow, wide = (equivalence_interval(**counts, alpha=a) for a in (level, level / 2))
    estimates = own / size - counts["x2"] / counts["n2"]
    return [
        _one(p, float(e), (float(a), float(b)), (float(c), float(d)), level=level, margin=margin)
        for p, e, a, b, c, d in zip(p_values, estimates, *narrow, *wide, strict=True)
    ]


def _one(
    p_value: float | None,
    estimate: float,
    narrow: tuple[float, float],
    wide: tuple[float, float],
    *,
    level: float,
    margin: float,
) -> _Judged:
    verdict: Verdict = judge_difference(
        estimate=estimate, tost_low=narrow[0], tost_high=narrow[1], low=wide[0], high=wide[1],
        margin=margin,
    )  # fmt: skip
    if p_value is not None:
        verdict = "disparity" if p_value <= level else "insufficient_data"
    stands_out = verdict == "disparity" and abs(estimate) >= margin
    return _Judged(verdict, to_marks(narrow[0], narrow[1], margin), estimate > 0, stands_out)


def _finding(row: _Row, of: _Judged, policy: Policy, attribute: str) -> Finding:
    """The verdict without the figures it rests on."""
    margin = policy.bias.selection_rate_margin
    sign = 1.0 if of.more else -1.0
    return Finding(
        check=CHECK, claim=CLAIM,
        subject=row.name if attribute == NATIONALITY else f"{attribute}={row.name}",
        verdict=of.verdict, estimate=sign * margin if of.stands_out else 0.0,
        low=of.interval[0], high=of.interval[1], margin=margin, n=None,
        required=of.stands_out and policy.bias.asks_for(CLAIM),
        sentence=_sentence(row, of, margin, attribute),
        details={"members": list(row.members), "rounded": True},
    )  # fmt: skip


def _sentence(row: _Row, of: _Judged, margin: float, attribute: str) -> str:
    kind = attribute.replace("_", " ")
    start = f"Counted to the {kind} of which a sponsor has most migrants, sponsors "
    start += _label(row.name, attribute)
    edge, word = f"the margin of {margin_points(margin)}", VERDICT_WORDS[of.verdict]
    way = "more" if of.more else "less"
    if of.stands_out:
        by = "" if row.large else ", by an exact test adjusted for all small groups"
        text = f"are selected {way} often than others by at least {edge}, beyond chance{by}: {word}"
    elif of.verdict == "equivalent":
        text = f"are selected as often as others within {edge}: {word}"
    elif of.verdict == "disparity":
        text = f"are selected {way} often than others beyond chance, though by less than {edge}: "
        text += word
    elif of.verdict == "risk_signalled":
        text = f"differ from others by {edge} or more, which can be chance: {word}"
    else:
        text = f"cannot be shown to differ by less than {edge}, nor to differ: {word}"
    return f"{start} {text}. Figures are not told beside those of the majorities."


def _label(name: str, attribute: str) -> str:
    """Completes "sponsors …" for a group."""
    if attribute != NATIONALITY:
        kind = attribute.replace("_", " ")
        return f"of {kind} {name}" if name != OTHER else f"of one of the remaining values of {kind}"
    if name == OTHER:
        return "of one of the remaining nationalities"
    if name == UNKNOWN:
        return "of unknown nationality"
    if name.startswith("region:"):
        return f"of a nationality of {name.removeprefix('region:')} too few to be judged alone"
    return f"of {name}"
