"""A policy that lacks anything the gate needs is refused by name."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.adapters.settings import demonstration, shipped_policy_text
from ind_risk.core.errors import PolicyError
from ind_risk.core.policy import Policy, parse_policy

TEXT = shipped_policy_text()
OPTIONAL = {
    "sponsor_attributes", "migrant_attributes", "risk_factors", "intersections", "reported_only",
    "closes_if_refuted", "strata",
}  # fmt: skip
KEYS = [
    (section, key)
    for section, table in tomllib.loads(TEXT).items()
    if isinstance(table, dict) and section not in ("gate",)
    for key in table
    if key not in OPTIONAL
]


def parse(text: str) -> Policy:
    return parse_policy(text, source="policy.toml")


def test_the_shipped_policy_asks_for_every_check_and_for_people() -> None:
    policy = parse(TEXT)
    assert {c.check for c in policy.required_checks} == {
        "data_contract",
        "protected_isolation",
        "bias_independence",
        "bias_selection_parity",
        "bias_error_parity",
        "bias_funnel",
        "bias_coverage",
        "bias_alternatives",
        "policy_preregistered",
        "accuracy_established",
        "band_order",
        "label_assumption",
        "usefulness",
        "calibration",
        "backtest",
        "stability",
        "perturbation",
        "inspector_effect",
        "reproducible",
        "drift",
        "loadable",
    }
    assert "approval" in policy.required_statements
    assert not policy.synthetic_only


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_a_missing_value_is_named(section: str, key: str) -> None:
    lines, inside, kept = TEXT.splitlines(), False, []
    for line in lines:
        if line.startswith("["):
            inside = line.startswith(f"[{section}]")
        if not (inside and line.split("=")[0].strip() == key):
            kept.append(line)
    with pytest.raises(PolicyError, match=key):
        parse("\n".join(kept))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("alpha = 0.05", "alpha = 0", "alpha"),
        ("alpha = 0.05", "alpha = nan", "alpha"),
        ("alpha = 0.05", 'alpha = "0.05"', "expected float"),
        ("high_share = 0.10", "high_share = 0.9", "no band low"),
        ("horizon_months = 12 ", "horizon_months = -1 ", "above 0"),
        ('strategy = "verified_only"', 'strategy = "hope"', "verified_only"),
        ("[bias]", "[bias]\nmargin = 1", "unknown key 'margin'"),
        ("[drift]", "[drifts]", "unknown key"),
        ("synthetic_only = false", "synthetic_only = 0", "expected bool"),
        ('names = ["data_digest", "code_version", "policy_digest"]', "names = []", "names"),
        ("[gate]", "[gate", "not valid TOML"),
        ("reported_only = [", 'reported_only = [\n"selection_rate_difference",', "may hold"),
        ("migrant_attributes = []", 'migrant_attributes = ["religion"]', "gender, age_band"),
        ("selection_ratio_margin = 2.0", "selection_ratio_margin = 0.5", "below 1.0"),
        ("looks = 2", "looks = 0", "looks"),
        ("looks = 2", "looks = 0.5", "expected int"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError, match=said):
        parse(TEXT.replace(old, new, 1))


def test_no_required_check_is_no_policy() -> None:
    with pytest.raises(PolicyError, match="prove nothing"):
        parse(TEXT[: TEXT.index("[[gate.required]]")].replace(
            "[gate]", "[gate]\nrequired = []"
        ) + "[statements]\nrequired = []\n")  # fmt: skip


def test_the_digest_speaks_of_content_not_of_layout() -> None:
    assert parse(TEXT).digest == parse("# remark\n" + TEXT.replace(" = ", "=")).digest
    assert parse(TEXT).digest != parse(TEXT.replace("alpha = 0.05", "alpha = 0.051", 1)).digest
    assert parse(TEXT).digest != demonstration(parse(TEXT)).digest


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_a_named_error(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(text)
