"""The worlds by name: what each is made to show, as a handful of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ind_risk.core.worlds.facts import SELECTED_SHARE


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A trait of the sponsor that gives a nationality away.

    Args:
        nationality: whose sponsors carry it often, ISO 3166-1 alpha-3.
        share: of sponsors whose main nationality that is.
        share_elsewhere: of all others.
        sector: line of business of those who carry it.
        effect: log-odds of non-compliance that come with it.
        near_criterion: log-odds of a salary near the criterion that come with it.
        attention: how many times likelier themes pick them; signals rise by its square root.
    """

    nationality: str
    share: float
    share_elsewhere: float
    sector: str
    effect: float
    near_criterion: float
    attention: float


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes different in the last twelve months.

    Args:
        effect: log-odds added to non-compliance.
        signals: factor on the number of signals.
        stays: log-odds added to short stays, late endings and refusals.
        near_criterion: log-odds added to salaries near or below the criterion.
        salaries: added to the logarithm of salary over criterion.
    """

    effect: float
    signals: float
    stays: float
    near_criterion: float
    salaries: float


@dataclass(frozen=True, kw_only=True)
class WorldSpec:
    """One world.

    Args:
        name: as asked for.
        description: one sentence for people.
        sponsors: size where none is asked.
        random_arm: whether a random sample of the register is inspected every year.
        selected_share: share of the register inspected a year because of something.
        base_rate: non-compliance an inspection of a random sponsor would find.
        conduct_effect: log-odds of non-compliance a standard deviation of conduct, which also
            shows in what is known of the sponsor.
        traits_effect: factor on the log-odds of sector, legal form and being new.
        proxy: None for a fair world.
        change: None for a world that stays as it is.
        hit_rates: lowest and highest share of non-compliance among inspectors; None if it does not
            matter who inspects.
    """

    name: str
    description: str
    sponsors: int = 10_000
    random_arm: bool = True
    selected_share: float = SELECTED_SHARE
    base_rate: float = 0.10
    conduct_effect: float = 1.6
    traits_effect: float = 1.0
    proxy: Proxy | None = None
    change: Change | None = None
    hit_rates: tuple[float, float] | None = None


_ALL = (
    WorldSpec(
        name="letter",
        description="Inspected only where something pointed at them: nothing tells how a model "
        "does among the others.",
        random_arm=False,
        selected_share=0.04,
    ),
    WorldSpec(
        name="audited",
        description="Conduct has nothing to do with nationality, and a random sample of the "
        "register is inspected every year.",
    ),
    WorldSpec(
        name="biased",
        description="A line of business with salaries near the criterion, long watched, gives one "
        "nationality's sponsors away, and breaches are found there more often.",
        proxy=Proxy(
            nationality="TUR",
            share=0.6,
            share_elsewhere=0.02,
            sector="temporary work and payroll",
            effect=1.2,
            near_criterion=1.5,
            attention=4.0,
        ),
    ),
    WorldSpec(
        name="broken_assumption",
        description="A quarter of the sponsors that were never intervened against fail when "
        "inspected, and little that is known of them tells which.",
        base_rate=0.26,
        conduct_effect=0.35,
        traits_effect=0.3,
    ),
    WorldSpec(
        name="drifted",
        description="In the last twelve months sponsors behave otherwise and fail more often than "
        "anything before has shown.",
        change=Change(effect=1.4, signals=4.0, stays=1.2, near_criterion=1.5, salaries=-0.12),
    ),
    WorldSpec(
        name="inspectors",
        description="Who inspects decides what is found: inspectors' hit rates run from 3 % to "
        "40 %, as they did in Chicago.",
        hit_rates=(0.03, 0.40),
    ),
)
WORLDS: Mapping[str, WorldSpec] = {spec.name: spec for spec in _ALL}
