"""No policy goes beyond the limits: each at its edge, a step beyond it, and each check left out."""

from __future__ import annotations

import re

import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.errors import PolicyError
from ind_risk.core.policy import parse_policy
from ind_risk.core.policy_limits import (
    ALWAYS_REQUIRED,
    AT_LEAST,
    CEILINGS,
    FLOORS,
    LARGEST_ALPHA,
    refuse_beyond_limits,
)

TEXT = shipped_policy_text()
LIMITS = [*((*at, v, -1) for at, v in FLOORS.items()), *((*at, v, 1) for at, v in CEILINGS.items())]


def changed(section: str, key: str, value: str) -> str:
    """The shipped policy with another number there."""
    head, start, rest = TEXT.partition(f"[{section}]\n")
    assert start
    new, n = re.subn(rf"^{key} = [\d.]+", f"{key} = {value}", rest, count=1, flags=re.MULTILINE)
    assert n == 1
    return head + start + new


def as_written(limit: float, section: str, key: str) -> str:
    """As the policy has that key: some numbers are whole."""
    whole = re.search(rf"^{key} = \d+\s", TEXT.partition(f"[{section}]\n")[2], re.MULTILINE)
    return str(round(limit)) if whole else str(limit)


@pytest.mark.parametrize(("section", "key", "limit", "way"), LIMITS)
def test_a_limit_may_be_reached_and_not_passed(
    section: str, key: str, limit: float, way: int
) -> None:
    refuse_beyond_limits(limit, section=section, key=key, place="here")
    written = as_written(limit, section, key)
    step = way if written.isdigit() else way * 0.001
    beyond = f"{float(limit) + step:.3f}" if "." in written else str(int(limit) + way)
    with pytest.raises(PolicyError, match=f"{key} is {float(beyond):g}.*worth the name"):
        parse_policy(changed(section, key, beyond), source="policy.toml")


@pytest.mark.parametrize("check", ALWAYS_REQUIRED)
def test_every_policy_requires_them(check: str) -> None:
    entry = rf'\[\[gate\.required\]\]\ncheck = "{check}"\n(?:\w+ = .*\n)+'
    without, n = re.subn(entry, "", TEXT)
    assert n >= 1
    with pytest.raises(PolicyError, match=f"{check} is not required"):
        parse_policy(without, source="policy.toml")


@pytest.mark.parametrize("section", ["bias", "accuracy", "robustness"])
def test_a_level_has_a_largest_value(section: str) -> None:
    with pytest.raises(PolicyError, match=f"a level is at most {LARGEST_ALPHA}"):
        parse_policy(changed(section, "alpha", f"{LARGEST_ALPHA + 0.001:.3f}"), source="p")


@pytest.mark.parametrize("key", ["auc_at_least", "precision_lift_at_least"])
def test_less_than_chance_is_not_asked(key: str) -> None:
    with pytest.raises(PolicyError, match="less than chance"):
        parse_policy(changed("accuracy", key, f"{AT_LEAST[key] - 0.01:.2f}"), source="p")
