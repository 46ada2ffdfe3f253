"""Every number of the shipped policy: its value, what it means, and what no policy may exceed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from docs.from_code.markdown import code, codes, plain, table
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.people import KINDS, RULES
from ind_risk.core.policy import Policy
from ind_risk.core.policy_limits import (
    AT_LEAST,
    CEILINGS,
    FLOORS,
    LARGEST_ALPHA,
    SHARES,
)

_SECTION = re.compile(r"^\[(\w+)\]")
_VALUE = re.compile(r"^(\w+) = [^#]*(?:#\s*(.*))?$")
_ARGUMENT = re.compile(r"^    ([a-z_, ]+): (.*)$")


def policy() -> str:
    """A section of the page for each section of the file."""
    values = tomllib.loads(shipped_policy_text())
    said = _comments()
    hints = get_type_hints(Policy)
    parts = [_section(name, hints[name], values[name], said) for name in _sections()]
    return "\n\n".join([*parts, _gate(values), _statements(values)])


def _sections() -> list[str]:
    """Names of the sections that are dataclasses with values in the file, in the file's order."""
    hints = get_type_hints(Policy)
    return [f.name for f in fields(Policy) if is_dataclass(hints[f.name]) and f.name != "people"]


def _section(name: str, kind: Any, values: dict[str, Any], said: dict[tuple[str, str], str]) -> str:
    meant = _arguments(kind.__doc__ or "")
    rows = [
        [
            code(f.name), code(_shown(values.get(f.name, []))),
            plain(said.get((name, f.name)) or meant.get(f.name, "")),
            _allowed(name, f.name, values.get(f.name)),
        ]
        for f in fields(kind)
    ]  # fmt: skip
    first = plain((kind.__doc__ or "").splitlines()[0])
    return f"## `[{name}]`\n\n{first}\n\n{table(['field', 'shipped', 'meaning', 'allowed'], rows)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(f'"{v}"' for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def _allowed(section: str, key: str, value: Any) -> str:
    """What no policy may be outside of, in words."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return ""
    parts = ["a share, above 0 and below 1"] if (section, key) in SHARES else []
    least = max(FLOORS.get((section, key), 0), AT_LEAST.get(key, 0))
    most = CEILINGS.get((section, key), float("inf"))
    if key in ("alpha", "band_order_alpha"):
        most = min(most, LARGEST_ALPHA)
    parts += [f"at least {least:g}"] if least else []
    parts += [f"at most {most:g}"] if most < float("inf") else []
    return "; ".join(parts) or "above 0"


def _comments() -> dict[tuple[str, str], str]:
    """What the file says beside each value."""
    found, section = dict[tuple[str, str], str](), ""
    for line in shipped_policy_text().splitlines():
        if begun := _SECTION.match(line):
            section = begun[1]
        elif (value := _VALUE.match(line)) and value[2]:
            found[section, value[1]] = value[2]
    return found


def _arguments(docstring: str) -> dict[str, str]:
    """What a docstring says of each argument; several may share a sentence."""
    found, names = dict[str, str](), list[str]()
    for line in docstring.partition("Args:\n")[2].splitlines():
        bare = line.removeprefix("    ")
        if begun := _ARGUMENT.match(bare):
            names = begun[1].split(", ")
            found.update(dict.fromkeys(names, begun[2]))
        elif bare.strip():
            found.update({name: f"{found[name]} {bare.strip()}" for name in names})
    return found


def _gate(values: dict[str, Any]) -> str:
    required = values["gate"]["required"]
    rows = [[code(r["check"]), codes(r["assets"]), codes(r.get("names", []))] for r in required]
    made = table(["check", "on", "must name, if not all five digests"], rows)
    job = code(values["gate"]["job"])
    return f"## `[gate]`\n\nOnly runs of the job {job} count. These checks are required:\n\n{made}"


def _statements(values: dict[str, Any]) -> str:
    rows = [
        [
            code(kind), plain(text), code(RULES[kind].role), str(RULES[kind].people),
            "yes" if kind in values["statements"]["required"] else "no",
        ]
        for kind, text in KINDS.items()
    ]  # fmt: skip
    made = table(["kind", "what is stated", "signed as", "people", "asked for"], rows)
    return (
        "## `[statements]`\n\nKinds of statement by people. Those that are asked for keep the gate "
        "closed until they are on record. A policy may ask for more people, never fewer.\n\n" + made
    )
