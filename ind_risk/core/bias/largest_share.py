"""Selection parity by largest share: what sponsors without a majority could hide.

Each sponsor is counted to the nationality of which it has most migrants, to each of them if several
are equal: of sponsors that are half Nigerian and half Indian, none has a majority, and a model can
single out every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.disclosure import to_marks
from ind_risk.core.bias.groups import OTHER, pool
from ind_risk.core.bias.membership import NATIONALITY
from ind_risk.core.bias.parity import CHECK, Group, Whole, parity_findings
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.wording import VERDICT_WORDS, margin_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population
    from ind_risk.core.findings import Finding
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
    whole = Whole(
        n=int(there.sum()), selected=int(people.selected[there].sum()), migrants=None,
        label="sponsors with migrants",
    )  # fmt: skip
    if not 0 < whole.selected < whole.n:
        return []
    pairs = largest_shares(people)
    grouping = pool(
        people.codes, size=pairs.counted, minimum=policy.bias.minimum_group_sponsors,
        by_region=attribute == NATIONALITY,
    )  # fmt: skip
    groups, alone = _groups(people, pairs, grouping, attribute)
    # No figure is told, so that none has to be hidden; verdicts rest on the figures as they are.
    bare = replace(policy, disclosure=replace(policy.disclosure, minimum_count=1))
    found = parity_findings(groups=groups, pooled=alone, whole=whole, policy=bare, ratios=False)
    of = {g.subject: g for g in [*alone, *groups]}
    return [
        _verdict(f, of[f.subject], policy, attribute)
        for f in found
        if f.estimate is not None and (of[f.subject].assessable or _stands_out(f, policy))
    ]


def largest_shares(people: Population) -> Largest:
    """To which nationality or nationalities each sponsor counts."""
    most = np.zeros(len(people.total), dtype=np.int64)
    np.maximum.at(most, people.sponsor, people.migrants)
    top = (people.migrants == most[people.sponsor]) & (people.migrants > 0)
    sponsor = people.sponsor[top]
    tied = np.bincount(sponsor, minlength=len(most))[sponsor] > 1
    return Largest(sponsor, people.code[top], tied, len(people.codes))


def _groups(
    people: Population, pairs: Largest, grouping: Grouping, attribute: str
) -> tuple[list[Group], list[Group]]:
    """The groups, and the members of pools one by one."""
    each = np.arange(pairs.codes, dtype=np.int64)
    pairs_of = [pairs.counted(g) for g in (grouping.group_of_code, each)]
    chosen = [pairs.counted(g, people.selected) for g in (grouping.group_of_code, each)]

    def group(name: str, k: int, single: bool, members: tuple[str, ...], ok: bool) -> Group:
        subject = name if attribute == NATIONALITY else f"{attribute}={name}"
        return Group(
            subject=subject, label=_label(name, attribute), n=int(pairs_of[single][k]),
            selected=int(chosen[single][k]), members=members, assessable=ok,
        )  # fmt: skip

    groups = [
        group(name, g, False, grouping.members[g], bool(grouping.assessable[g]))
        for g, name in enumerate(grouping.names)
    ]
    alone = [
        group(people.codes[c], int(c), True, (people.codes[c],), False)
        for c in each
        if (g := grouping.group_of_code[c]) >= 0 and len(grouping.members[g]) > 1
    ]
    return groups, alone


def _stands_out(finding: Finding, policy: Policy) -> bool:
    """Whether it is a disparity by at least the margin."""
    size = abs(finding.estimate) if finding.estimate is not None else 0.0
    return finding.verdict == "disparity" and size >= policy.bias.selection_rate_margin


def _verdict(finding: Finding, group: Group, policy: Policy, attribute: str) -> Finding:
    """The verdict without the figures it rests on."""
    margin, stands_out = policy.bias.selection_rate_margin, _stands_out(finding, policy)
    low, high = to_marks(finding.low or 0.0, finding.high or 0.0, margin)
    sign = float(np.sign(finding.estimate or 0.0))
    return replace(
        finding, check=CHECK, claim=CLAIM, n=None, p_value=None, power=None,
        minimal_detectable_effect=None,
        estimate=sign * margin if stands_out else 0.0, low=low, high=high,
        required=stands_out and policy.bias.asks_for(CLAIM),
        sentence=_sentence(finding, group, margin, attribute, stands_out=stands_out),
        details={"members": list(group.members), "rounded": True},
    )  # fmt: skip


def _sentence(
    finding: Finding, group: Group, margin: float, attribute: str, *, stands_out: bool
) -> str:
    kind = attribute.replace("_", " ")
    start = f"Counted to the {kind} of which a sponsor has most migrants, sponsors {group.label}"
    edge, word = f"the margin of {margin_points(margin)}", VERDICT_WORDS[finding.verdict]
    way = "more" if (finding.estimate or 0.0) > 0 else "less"
    if stands_out:
        by = "" if group.assessable else ", by an exact test adjusted for all small groups"
        text = f"are selected {way} often than others by at least {edge}, beyond chance{by}: {word}"
    elif finding.verdict == "equivalent":
        text = f"are selected as often as others within {edge}: {word}"
    elif finding.verdict == "disparity":
        text = f"are selected {way} often than others beyond chance, though by less than {edge}: "
        text += word
    elif finding.verdict == "risk_signalled":
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
