"""The feature register: what is not in it cannot enter a model."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.errors import PolicyError
from ind_risk.core.features.measures import MEASURES
from ind_risk.core.origin import names_origin

FeatureKind = Literal["number", "category"]
_KEYS = {
    "name": str, "definition": str, "source": str, "justification": str, "direction": int,
    "kind": str,
}  # fmt: skip
NEVER = ("sponsor_id", "legal_name", "province")
# Columns that stand beside features on their way to a model; a feature may not pose as one.
RESERVED = (
    "as_of", "sponsor_no", "y", "source", "label", "closed_on", "selection", "inspector_id",
    "inclusion_probability",
)  # fmt: skip
LONGEST_WINDOW_MONTHS = 120
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """One registered feature.

    Args:
        name: of the column; with a window it ends in `_<months>m`.
        definition: one sentence.
        source: landing table.
        window_months: months before the as-of date that it looks back; None for facts of now.
        justification: why it may bear on a sponsor's duties.
        direction: +1 if more can only mean more risk, -1 the reverse, 0 if unknown.
        kind: number or category.
        declared: whether it is an extra column of `sponsors` taken as it is.
    """

    name: str
    definition: str
    source: str
    window_months: int | None
    justification: str
    direction: int
    kind: FeatureKind
    declared: bool = False

    @property
    def measure(self) -> str:
        """Name without the window: what is computed."""
        return self.name.removesuffix(f"_{self.window_months}m")


@dataclass(frozen=True)
class FeatureRegister:
    """All registered features, in the register's order."""

    features: tuple[FeatureSpec, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all features."""
        return tuple(f.name for f in self.features)

    @property
    def extra_sponsor_columns(self) -> tuple[str, ...]:
        """Columns of `sponsors` beyond the contract that features use."""
        return tuple(f.name for f in self.features if f.declared)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical content, hex."""
        text = json.dumps([asdict(f) for f in self.features], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load_register(text: str, *, source: str) -> FeatureRegister:
    """Parse and check a register.

    Args:
        text: TOML with `[[feature]]` and optional `[[sponsor_column]]` entries.
        source: the file's name, for messages.

    Raises:
        PolicyError: naming the feature and what is wrong with it.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{source}: this is not valid TOML: {error}") from None
    if unknown := sorted(set(raw) - {"feature", "sponsor_column"}):
        raise PolicyError(f"{source}: unknown section {unknown[0]!r}; use feature, sponsor_column.")
    specs = [
        _spec(entry, source, declared=section == "sponsor_column")
        for section in ("feature", "sponsor_column")
        for entry in _entries(raw, section, source)
    ]
    if not specs:
        raise PolicyError(f"{source}: no feature is registered; nothing could be learned.")
    names = [s.name.casefold() for s in specs]  # engines do not tell capitals apart
    if twice := [s.name for s in specs if names.count(s.name.casefold()) > 1]:
        raise PolicyError(f"{source}: the feature {twice[0]!r} is registered twice.")
    return FeatureRegister(tuple(specs))


def _entries(raw: dict[str, Any], section: str, source: str) -> list[Any]:
    entries = raw.get(section, [])
    if not isinstance(entries, list):
        raise PolicyError(f"{source}: write each {section} under a [[{section}]] of its own.")
    return entries


def _spec(entry: Any, source: str, *, declared: bool) -> FeatureSpec:
    if not isinstance(entry, dict):
        raise PolicyError(f"{source}: a feature is a table of keys, not {entry!r}.")
    place = f"{source}, feature {entry.get('name', '(without a name)')!r}"
    values = {"source": "sponsors", **entry} if declared else entry
    for key, kind in _KEYS.items():
        value = values.get(key)
        if type(value) is not kind or (isinstance(value, str) and not value.strip()):
            raise PolicyError(f"{place}: {key} is missing or no {kind.__name__}.")
    if unknown := sorted(set(values) - set(_KEYS) - {"window_months"}):
        raise PolicyError(f"{place}: unknown key {unknown[0]!r}.")
    window = values.get("window_months")
    if window is not None and (type(window) is not int or not 0 < window <= LONGEST_WINDOW_MONTHS):
        raise PolicyError(
            f"{place}: window_months is {window!r}; expected 1 to {LONGEST_WINDOW_MONTHS}."
        )
    spec = FeatureSpec(**{k: values[k] for k in _KEYS}, window_months=window, declared=declared)
    _refuse_impossible(spec, place)
    return spec


def _refuse_impossible(spec: FeatureSpec, place: str) -> None:
    name = spec.name.casefold()
    if spec.source == PROTECTED_TABLE or names_origin(spec.name) or name in NEVER:
        raise PolicyError(f"{place}: protected attributes, names and places are never features.")
    if not _NAME.fullmatch(spec.name) or name in RESERVED:
        raise PolicyError(
            f"{place}: not a name a feature can have; use letters, digits and underscores, and "
            f"none of {', '.join(RESERVED)}."
        )
    if spec.kind not in ("number", "category") or spec.direction not in (-1, 0, 1):
        raise PolicyError(f"{place}: kind is number or category, direction -1, 0 or 1.")
    if spec.kind == "category" and spec.direction != 0:
        raise PolicyError(f"{place}: a category has no more or less; its direction is 0.")
    (_refuse_column if spec.declared else _refuse_measure)(spec, place)


def _refuse_column(spec: FeatureSpec, place: str) -> None:
    if spec.name.casefold() in TABLES["sponsors"].column_names:
        raise PolicyError(f"{place}: stands in the contract already; register it as a feature.")
    if spec.source != "sponsors" or spec.window_months is not None:
        raise PolicyError(f"{place}: a sponsor column is of sponsors and has no window.")


def _refuse_measure(spec: FeatureSpec, place: str) -> None:
    ending = f"_{spec.window_months}m"
    if spec.window_months is not None and not spec.name.endswith(ending):
        raise PolicyError(f"{place}: with that window its name must end in {ending}.")
    measure = MEASURES.get(spec.measure)
    if measure is None or measure.source != spec.source:
        raise PolicyError(
            f"{place}: there is no measure {spec.measure!r} on {spec.source}; write one in "
            "core/features/measures.py."
        )
    if measure.windowed != (spec.window_months is not None) or measure.kind != spec.kind:
        raise PolicyError(
            f"{place}: the measure {spec.measure!r} is a {measure.kind} "
            f"{'with' if measure.windowed else 'without'} a window."
        )
