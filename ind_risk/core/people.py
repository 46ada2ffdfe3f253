"""Who may sign what: the people of a policy, and what each kind of statement needs.

People come and go while margins stay, so that they have a digest of their own: a new colleague is
no new policy, and a policy that was in force before the first look still is. Each change of them is
in the ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ind_risk.core.errors import PolicyError

# What people can state, with what it says. Each is about this evidence, this model, this policy.
KINDS: Mapping[str, str] = {
    "approval": "I have seen the evidence and approve that this model is used.",
    "impact_assessment": "The impact on fundamental rights was assessed and is acceptable.",
    "cbs_advice": "Statistics Netherlands has advised on sample and method.",
    "parliament_informed": "Parliament was told what the model does and what is proved of it.",
    "classification": "The model was classified under the EU AI Act.",
    "justification": "A difference that the evidence names is justified, for the reasons given.",
}
LONGEST_TEXT = 4_000


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What statements of a kind need to count.

    Args:
        role: that each signer must have.
        people: how many different people must have signed.
        by_trainer: whether who trained the model may be one of them.
    """

    role: str
    people: int = 1
    by_trainer: bool = False


RULES: Mapping[str, Rule] = {
    "approval": Rule(role="approver", people=2),
    "impact_assessment": Rule(role="assessor"),
    "cbs_advice": Rule(role="statistician"),
    "parliament_informed": Rule(role="ministry"),
    "classification": Rule(role="lawyer"),
    "justification": Rule(role="assessor"),
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may sign.

    Args:
        name: unique in the policy.
        roles: what this person may sign as.
        keys: public keys, PEM.
        accounts: of the computer under which this person works; who trained is known by them.
        revoked: ids of keys that count no more, whenever they signed.
    """

    name: str
    roles: tuple[str, ...]
    keys: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class People:
    """All that a policy says of people.

    Args:
        people: in the policy's order.
        rules_of: (kind, rule) of each kind; those of `RULES` unless the policy says otherwise.
        valid_days: after so many days a statement lapses.
    """

    people: tuple[Person, ...] = ()
    rules_of: tuple[tuple[str, Rule], ...] = tuple(RULES.items())
    valid_days: int = 365

    @property
    def rules(self) -> dict[str, Rule]:
        """What statements need, by kind."""
        return dict(self.rules_of)

    @property
    def digest(self) -> str:
        """64 hex digits over all of it."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Everybody of a role who has a key that counts."""
        return tuple(p for p in self.people if role in p.roles and p.keys)


def parse_people(raw: Mapping[str, object], *, source: str) -> People:
    """Read and check a policy's `[statements]` but for what it requires.

    Args:
        raw: valid_days, rules and people, each optional.
        source: file and section, for messages.

    Raises:
        PolicyError: naming what is wrong.
    """
    days = raw.get("valid_days", 365)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 3_650:
        raise PolicyError(f"{source}: valid_days is {days!r}; expected a number of days to 3,650.")
    rules = dict(RULES)
    for kind, given in _table(raw.get("rules", {}), f"{source} rules").items():
        rules[kind] = _rule(kind, given, source)
    listed = raw.get("people", [])
    if not isinstance(listed, list):
        raise PolicyError(f"{source}: people is no list; begin each with [[statements.people]].")
    people = tuple(_person(p, source) for p in listed)
    names = [" ".join(p.name.casefold().split()) for p in people]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise PolicyError(
            f"{source}: {twice[0]!r} is listed twice. Give one person all keys in one place, so "
            "that nobody signs as two."
        )
    keys = [" ".join(k.split()) for p in people for k in p.keys]
    if len(set(keys)) < len(keys):
        raise PolicyError(f"{source}: a key is listed for two people; each has keys of their own.")
    accounts = [a for p in people for a in p.accounts]
    if len(set(accounts)) < len(accounts):
        raise PolicyError(f"{source}: an account is listed for two people.")
    return People(people=people, rules_of=tuple(rules.items()), valid_days=days)


def _rule(kind: str, given: object, source: str) -> Rule:
    if kind not in KINDS:
        raise PolicyError(f"{source} rules: {kind!r} is no kind; there are {', '.join(KINDS)}.")
    default, table = RULES[kind], _table(given, f"{source} rules.{kind}")
    if alien := sorted(set(table) - {"role", "people"}):
        raise PolicyError(f"{source} rules.{kind}: {alien[0]!r} is unknown; use role or people.")
    role, people = table.get("role", default.role), table.get("people", default.people)
    if not isinstance(role, str) or not role.strip():
        raise PolicyError(f"{source} rules.{kind}: role is {role!r}; expected a name.")
    if isinstance(people, bool) or not isinstance(people, int) or people < default.people:
        raise PolicyError(
            f"{source} rules.{kind}: people is {people!r}; no policy asks for fewer than "
            f"{default.people}."
        )
    return Rule(role=role, people=people)


def _person(given: object, source: str) -> Person:
    place = f"{source} people"
    table = _table(given, place)
    if alien := sorted(set(table) - {"name", "roles", "keys", "accounts", "revoked"}):
        raise PolicyError(
            f"{place}: {alien[0]!r} is unknown; use name, roles, keys, accounts or revoked."
        )
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise PolicyError(f"{place}: name is {name!r}; expected who it is.")
    lists = {k: _texts(table.get(k, []), f"{place} {name}: {k}")
             for k in ("roles", "keys", "accounts", "revoked")}  # fmt: skip
    if not lists["roles"]:
        raise PolicyError(f"{place} {name}: roles is empty; say what this person may sign as.")
    return Person(name=name.strip(), **lists)


def _table(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise PolicyError(f"{place}: this is {value!r}; expected a table.")
    return value


def _texts(value: object, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise PolicyError(f"{place} is {value!r}; expected a list of texts.")
    return tuple(v.strip() for v in value)
