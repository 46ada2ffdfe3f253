"""How often the bias evidence as a whole opens the gate: whole populations, through the real code.

Sponsors are drawn into band high one by one, each with the probability of its group. Everything
else that the gate asks for counts as green, so what is measured is an upper bound for the gate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias import conditional, intersections, stratified
from ind_risk.core.bias.certificate_probability import Block, Probability, Row
from ind_risk.core.bias.evidence import bias_findings
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import all_green

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.bias.certificate_probability import Effort
    from ind_risk.core.policy import Policy

SPONSORS, SMALLEST = 10_000, 600
GROUP_COUNTS = (5, 10, 14)
SECTORS = ("ICT", "Education", "Industry", "Care")
NATIONALITIES = (
    "IND", "CHN", "USA", "TUR", "GBR", "BRA", "ZAF", "IRN", "RUS", "IDN", "JPN", "MEX", "EGY",
    "KOR", "PAK", "UKR", "CAN", "COL", "NGA", "MAR",
)  # fmt: skip
FALSE_OPENING, OPENING = "false opening of the gate", "opening without any difference"
_SETTINGS = len(GROUP_COUNTS) * 5  # two groups, two directions, and no difference
_FACTOR = 0.75  # of each next group to the one before it, beyond the smallest size


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One kind of population.

    Args:
        groups: nationalities with a majority somewhere.
        different: number of the group that differs, 0 the largest; None if none does.
        difference: its selection rate minus that of all others.
    """

    groups: int
    different: int | None = None
    difference: float = 0.0

    @property
    def label(self) -> str:
        """As in "10 groups, the smallest (440 sponsors) 5 points above the others"."""
        if self.different is None:
            return f"{self.groups} groups, no difference"
        size = group_sizes(self.groups)[self.different]
        which = "largest" if self.different == 0 else "smallest"
        way = "above" if self.difference > 0 else "below"
        points = f"{100 * abs(self.difference):g} points {way}"
        return f"{self.groups} groups, the {which} ({size:,} sponsors) {points} the others"


@dataclass(frozen=True, eq=False)
class Fixture:
    """What is the same in every world of a setting.

    Args:
        group: number of each sponsor's majority, shape (sponsors,).
        composition, sponsors: as `bias_findings` takes them.
    """

    group: np.ndarray
    composition: pd.DataFrame
    sponsors: pd.DataFrame


def opening_blocks(*, policy: Policy, effort: Effort) -> list[Block]:
    """The rate of false openings, and of openings where nothing differs, at the policy's level.

    The base rate is the policy's share in band high, the difference its margin.
    """
    margin = policy.bias.selection_rate_margin
    unequal = [
        Setting(groups=k, different=which, difference=side * margin)
        for k in GROUP_COUNTS for which in (0, k - 1) for side in (1, -1)
    ]  # fmt: skip
    equal = [Setting(groups=k) for k in GROUP_COUNTS]
    level = policy.bias.level
    rows = [
        _row(setting, _opened(setting, policy, effort, number), effort.worlds, level)
        for number, setting in enumerate([*unequal, *equal])
    ]
    return [
        Block(name=FALSE_OPENING, alpha=level, asked=f"at most {100 * level:g} %",
              rows=tuple(rows[: len(unequal)])),
        Block(name=OPENING, alpha=level, asked="not asked", rows=tuple(rows[len(unequal) :]),
              judged=False),
    ]  # fmt: skip


def group_sizes(groups: int) -> np.ndarray:
    """Sponsors of each group, from the largest to the smallest, of at least `SMALLEST`."""
    weight = _FACTOR ** np.arange(groups)
    sizes = SMALLEST + np.floor((SPONSORS - groups * SMALLEST) * weight / weight.sum()).astype(int)
    sizes[0] += SPONSORS - sizes.sum()
    return np.asarray(sizes)


def fixture(setting: Setting, *, rng: np.random.Generator) -> Fixture:
    """Sponsors with three migrants each: two of its majority, one of any nationality."""
    import pandas as pd

    sizes = group_sizes(setting.groups)
    group = rng.permutation(np.repeat(np.arange(setting.groups), sizes))
    ids = np.array([f"S{k:05d}" for k in range(SPONSORS)])
    codes = np.array(NATIONALITIES[: setting.groups])
    composition = pd.DataFrame({
        "sponsor_id": np.concatenate([ids, ids]),
        "nationality": np.concatenate([codes[group], rng.choice(codes, SPONSORS)]),
        "migrants": np.repeat([2, 1], SPONSORS),
    })  # fmt: skip
    composition = composition.groupby(["sponsor_id", "nationality"], as_index=False).sum()
    sponsors = pd.DataFrame({"sponsor_id": ids, "sector": rng.choice(SECTORS, SPONSORS)})
    return Fixture(group, composition, sponsors)


def scores_of(
    setting: Setting, made: Fixture, *, policy: Policy, rng: np.random.Generator
) -> pd.DataFrame:
    """One world: who is in band high, and scores in the order of the bands."""
    import pandas as pd

    rates = np.full(setting.groups, policy.capacity.high_share)
    if setting.different is not None:
        rates[setting.different] += setting.difference
    high = rng.random(SPONSORS) < rates[made.group]
    score = rng.random(SPONSORS) / 2 + high / 2
    middle = ~high & (score >= np.quantile(score[~high], 1 - policy.capacity.middle_share))
    return pd.DataFrame({
        "sponsor_id": made.sponsors["sponsor_id"], "score": score,
        "band": np.where(high, "high", np.where(middle, "middle", "low")),
    })  # fmt: skip


def only_asked(policy: Policy) -> Policy:
    """The policy without views that it has reported only, which cannot change a decision."""
    bias = policy.bias
    if not bias.asks_for(intersections.CLAIM):
        bias = replace(bias, intersections=())
    if not bias.asks_for(stratified.CLAIM) and not bias.asks_for(conditional.CLAIM):
        bias = replace(bias, risk_factors=())
    return replace(policy, bias=bias)


def _opened(setting: Setting, policy: Policy, effort: Effort, number: int) -> int:
    """Worlds in which all findings asked for are green.

    Raises:
        IndRiskError: where the views left out would have made a difference in the first world.
    """
    rng = np.random.default_rng((effort.seed, 5, number))
    made, opened = fixture(setting, rng=rng), 0
    for world in range(effort.worlds):
        scores = scores_of(setting, made, policy=policy, rng=rng)
        green = _green(scores, made, only_asked(policy))
        if world == 0 and green != _green(scores, made, policy):
            raise IndRiskError(
                f"With and without the views that are only reported, the decision on a population "
                f"of {setting.label} differs; report this as a fault of the certificate."
            )
        opened += green
        step = number * effort.worlds + world + 1
        effort.say("whole populations", step, _SETTINGS * effort.worlds)
    return opened


def _green(scores: pd.DataFrame, made: Fixture, policy: Policy) -> bool:
    return all_green(
        bias_findings(
            scores=scores, composition=made.composition, sponsors=made.sponsors, policy=policy,
            seed=0,
        )
    )  # fmt: skip


def _row(setting: Setting, opened: int, worlds: int, level: float) -> Row:
    differs = setting.different is not None
    facts = {
        "groups": setting.groups, "group_that_differs": setting.different,
        "difference": setting.difference,
        "sponsors_that_differ": int(group_sizes(setting.groups)[setting.different])
        if setting.different is not None else 0,
    }  # fmt: skip
    return Row(
        label=setting.label, facts=facts,
        of=Probability(happened=opened, worlds=worlds, lowest=0.0,
                       highest=level if differs else 1.0, target=level if differs else 1.0),
    )  # fmt: skip
