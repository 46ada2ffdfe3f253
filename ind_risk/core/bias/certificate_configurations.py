"""What the certificate is measured on: sizes, rates, differences and margins, none left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np

GROUPS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
OTHERS = (200, 1_000, 9_000, 50_000)
RATES = (0.01, 0.02, 0.05, 0.10, 0.20, 0.35, 0.50)
MARGINS = (0.03, 0.05, 0.10)
DIFFERENCES = (0.0, 0.02, -0.02, 0.05, -0.05, 0.10, -0.10)
COVERED = (
    (20, 200), (50, 1_000), (100, 9_000), (200, 1_000), (500, 9_000), (1_000, 50_000),
    (5_000, 9_000),
)  # fmt: skip
SMALL_GROUPS, SMALL_OTHERS = (1, 3, 5, 10, 15), (200, 2_000)
# Power that is all but nothing or all but certain is promised right by any formula.
POWER_FROM, POWER_TO = 0.20, 0.999


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Two groups of which everything is known.

    Args:
        n1, n2: sponsors in the group and among the others.
        base: selection rate of the others.
        difference: rate of the group minus that of the others.
        margin: of equivalence; 0 where it plays no part.
    """

    n1: int
    n2: int
    base: float
    difference: float
    margin: float = 0.0

    @property
    def rate(self) -> float:
        """Selection rate of the group."""
        return round(self.base + self.difference, 12)

    @property
    def possible(self) -> bool:
        """Whether the group's rate is one."""
        return 0 <= self.rate <= 1

    @property
    def label(self) -> str:
        """As in "500 against 9,000, rates 15 % and 10 %"."""
        rates = f"rates {100 * self.rate:.3g} % and {100 * self.base:.3g} %"
        return f"{self.n1:,} against {self.n2:,}, {rates}"

    @property
    def facts(self) -> dict[str, float]:
        """Numbers by name."""
        given = {
            "group": self.n1, "others": self.n2, "rate_of_group": self.rate,
            "rate_of_others": self.base, "difference": self.difference,
        }  # fmt: skip
        return {**given, "margin": self.margin} if self.margin else given


def at_the_margin() -> list[Configuration]:
    """Every difference that is exactly at the margin, in both directions where that is possible."""
    return _possible(
        Configuration(n1=n1, n2=n2, base=base, difference=side * margin, margin=margin)
        for n1, n2, base, margin, side in product(GROUPS, OTHERS, RATES, MARGINS, (1, -1))
    )


def without_difference() -> list[Configuration]:
    """Equal rates, every size and margin."""
    return _possible(
        Configuration(n1=n1, n2=n2, base=base, difference=0.0, margin=margin)
        for n1, n2, base, margin in product(GROUPS, OTHERS, RATES, MARGINS)
    )


def with_promise(configurations: list[Configuration], *, alpha: float) -> dict[int, float]:
    """Promised power of those between `POWER_FROM` and `POWER_TO`, by place in the list."""
    from ind_risk.core.bias.power import equivalence_power

    n1, n2, base, margin = (
        np.array([getattr(c, name) for c in configurations], dtype=float)
        for name in ("n1", "n2", "base", "margin")
    )
    promised = equivalence_power(n1=n1, n2=n2, base=base, margin=margin, alpha=alpha)
    return {k: float(power) for k, power in enumerate(promised) if POWER_FROM <= power <= POWER_TO}


def to_be_covered() -> list[Configuration]:
    """Differences that an interval should hold, in groups of at least 20 sponsors."""
    return _possible(
        Configuration(n1=n1, n2=n2, base=base, difference=difference)
        for (n1, n2), base, difference in product(COVERED, RATES, DIFFERENCES)
    )


def to_be_covered_small() -> list[Configuration]:
    """The same in groups of fewer than 20."""
    return _possible(
        Configuration(n1=n1, n2=n2, base=base, difference=difference)
        for n1, n2, base, difference in product(SMALL_GROUPS, SMALL_OTHERS, RATES, DIFFERENCES)
    )


def _possible(configurations: Iterable[Configuration]) -> list[Configuration]:
    return [c for c in configurations if c.possible]
