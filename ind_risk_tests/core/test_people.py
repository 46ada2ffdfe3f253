"""The people of a policy: what is refused, and that they are no part of the policy's digest."""

from __future__ import annotations

from typing import Any

import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.errors import PolicyError
from ind_risk.core.people import RULES, parse_people
from ind_risk.core.policy import parse_policy

ANNA = {"name": "Anna", "roles": ["approver"], "keys": ["k1"], "accounts": ["anna"]}


def people(*listed: dict[str, Any], **more: Any) -> Any:
    return parse_people({"people": list(listed), **more}, source="policy.toml [statements]")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"people": [ANNA, {**ANNA, "name": " anna "}]}, "listed twice"),
        ({"people": [ANNA, {**ANNA, "name": "Bram", "accounts": []}]}, "a key is listed for two"),
        ({"people": [ANNA, {**ANNA, "name": "Bram", "keys": ["k2"]}]}, "an account is listed"),
        ({"people": [{**ANNA, "roles": []}]}, "roles is empty"),
        ({"people": [{**ANNA, "name": ""}]}, "expected who it is"),
        ({"people": [{**ANNA, "key": "k"}]}, "'key' is unknown"),
        ({"people": [{**ANNA, "keys": "k"}]}, "expected a list of texts"),
        ({"people": {"name": "Anna"}}, "is no list"),
        ({"people": ["Anna"]}, "expected a table"),
        ({"valid_days": 0}, "valid_days is 0"),
        ({"valid_days": True}, "valid_days is True"),
        ({"rules": {"approval": {"people": 1}}}, "no policy asks for fewer than 2"),
        ({"rules": {"blessing": {}}}, "is no kind"),
        ({"rules": {"approval": {"by_trainer": True}}}, "'by_trainer' is unknown"),
        ({"rules": {"approval": {"role": ""}}}, "expected a name"),
    ],
)
def test_what_a_policy_may_not_say_of_people(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match="statements") as refused:
        parse_people(given, source="policy.toml [statements]")
    assert said in str(refused.value)


def test_more_people_may_be_asked_and_other_roles() -> None:
    made = people(ANNA, rules={"approval": {"people": 3, "role": "director"}})
    assert (made.rules["approval"].people, made.rules["approval"].role) == (3, "director")
    assert made.rules["cbs_advice"] == RULES["cbs_advice"]
    assert made.digest != people(ANNA).digest
    assert hash(made) != hash(people(ANNA))


def test_a_new_colleague_is_no_new_policy_and_another_role_is_seen() -> None:
    text = shipped_policy_text()
    added = text + '[[statements.people]]\nname = "Anna"\nroles = ["approver"]\nkeys = ["k"]\n'
    one, two = (parse_policy(t, source="policy.toml") for t in (text, added))
    assert one.digest == two.digest
    assert one.people.digest != two.people.digest
    assert [p.name for p in two.people.with_role("approver")] == ["Anna"]
    assert not two.people.with_role("assessor")


def test_a_kind_that_nobody_can_state_is_not_required() -> None:
    text = shipped_policy_text().replace('"cbs_advice"', '"blessing"')
    with pytest.raises(PolicyError, match="required holds 'blessing'"):
        parse_policy(text, source="policy.toml")
