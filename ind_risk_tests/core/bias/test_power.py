"""Power and required sizes against the real test in simulated worlds."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.bias.power import equivalence_power, minimal_margin, required_sponsors
from ind_risk.core.bias.score_test import tost_p_value

WORLDS = 20_000


@pytest.mark.parametrize(
    ("n1", "n2", "base", "difference"),
    [(500, 9_000, 0.10, 0.0), (400, 9_000, 0.10, 0.01), (1_000, 1_000, 0.3, 0.0),
     (2_000, 7_000, 0.05, 0.02), (300, 300, 0.2, 0.0)],
)  # fmt: skip
def test_promised_power_is_met(n1: int, n2: int, base: float, difference: float) -> None:
    rng = np.random.default_rng(n1)
    x1 = rng.binomial(n1, base + difference, WORLDS)
    x2 = rng.binomial(n2, base, WORLDS)
    met = (tost_p_value(x1=x1, n1=n1, x2=x2, n2=n2, margin=0.05) < 0.05).mean()
    promised = equivalence_power(
        n1=n1, n2=n2, base=base, margin=0.05, alpha=0.05, difference=difference
    )
    assert float(promised) == pytest.approx(met, abs=0.02)


def test_required_and_minimal_are_the_same_promise() -> None:
    given = {"n2": 9_000, "base": 0.1, "alpha": 0.05}
    needed = float(required_sponsors(**given, margin=0.05))
    power = equivalence_power(n1=needed, **given, margin=0.05)
    assert float(power) == pytest.approx(0.8, abs=0.01)
    margin = float(minimal_margin(n1=needed, **given))
    assert margin == pytest.approx(0.05, abs=0.001)


def test_an_empty_group_has_no_power() -> None:
    assert float(equivalence_power(n1=0, n2=100, base=0.1, margin=0.05, alpha=0.05)) == 0.0
