"""From a request to canonical tables: a folder, an SQL schema, or an embedded synthetic world."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ind_risk.adapters.protected_source import protected_source_of
from ind_risk.adapters.table_store import LandingFacts
from ind_risk.core.contracts import TABLES
from ind_risk.core.dates import latest_known_date
from ind_risk.core.digests import data_digest, table_digest
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, IndRiskError
from ind_risk.core.raw_landing import shown

if TYPE_CHECKING:
    import pyarrow as pa

    from ind_risk.adapters.settings import RunSettings

WORLD_FILE = "world.json"


@dataclass(frozen=True)
class Intake:
    """Six canonical tables and where they come from."""

    tables: dict[str, pa.Table]
    source: str
    synthetic: bool
    warnings: tuple[str, ...] = ()

    def as_of(self, settings: RunSettings) -> date:
        """The cut-off that the settings ask for, else the latest known date.

        Raises:
            IndRiskError: if the tables are all empty, or end before the as-of date.
        """
        latest = latest_known_date(self.tables).isoformat()
        if settings.as_of is not None and settings.as_of > latest:
            raise IndRiskError(
                f"The tables end at {latest}; {settings.as_of} lies after that. Give "
                "an earlier date or newer tables."
            )
        return date.fromisoformat(settings.as_of or latest)

    def facts(self, settings: RunSettings, as_of: date) -> LandingFacts:
        """Digests and rows of these tables."""
        return LandingFacts(
            data_digest=data_digest(self.tables),
            table_digests={n: table_digest(t, TABLES[n].key) for n, t in self.tables.items()},
            rows={n: t.num_rows for n, t in self.tables.items()},
            as_of=as_of.isoformat(),
            synthetic=self.synthetic,
            source=self.source,
            seed=settings.seed,
            warnings=self.warnings,
        )


def take_in(settings: RunSettings, extra_sponsor_columns: tuple[str, ...]) -> Intake:
    """Read what the settings ask for.

    Raises:
        InputRefused: if a table cannot be read in the types of the contract.
        IndRiskError: if there is no world of that name or the as-of date is no date.
    """
    if settings.as_of is not None:
        parse_date(settings.as_of)
    if settings.world is not None:
        return _from_world(settings)
    from ind_risk.adapters.sources import read_source
    from ind_risk.core.coercion import coerce

    protected = protected_source_of(settings)
    raw = read_source(settings.source, extra_sponsor_columns, protected=protected)
    tables, warnings = coerce(raw)
    synthetic, said = _synthetic(settings.source, tables)
    return Intake(tables, raw.description, synthetic, (*warnings, *said, *_unnamed_sources(tables)))


def _unnamed_sources(tables: dict[str, pa.Table]) -> tuple[str, ...]:
    """A warning of signals whose source no feature counts by name: perhaps a misspelt one."""
    from ind_risk.core.features.measures import SIGNAL_SOURCES

    counts = tables["signals"]["source"].value_counts().to_pylist()
    odd = {str(c["values"]): int(c["counts"]) for c in counts if c["values"] not in SIGNAL_SOURCES}
    if not odd:
        return ()
    named = ", ".join(shown(name) for name in sorted(odd)[:MAX_EXAMPLE_KEYS])
    return (
        f"signals.source: {sum(odd.values()):,} signals come from sources that no feature counts "
        f"by name ({named}); they count in the totals only. Named are {', '.join(SIGNAL_SOURCES)}.",
    )


def parse_date(text: str) -> date:
    """An ISO date; IndRiskError if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise IndRiskError(f"{text!r} is no date. Write it as YYYY-MM-DD.") from None


def _from_world(settings: RunSettings) -> Intake:
    from ind_risk.core.worlds import make_world

    name = settings.world or ""
    world = make_world(name, sponsors=settings.sponsors, seed=settings.seed)
    return Intake(world.tables, f"synthetic world {name}, seed {settings.seed}", synthetic=True)


def world_note(*, name: str, seed: int, tables: dict[str, pa.Table]) -> str:
    """The text of the file by which a folder says that it is a synthetic world."""
    note = {
        "synthetic": True, "world": name, "seed": seed, "sponsors": tables["sponsors"].num_rows,
        "data_digest": data_digest(tables),
    }  # fmt: skip
    return json.dumps(note, indent=1) + "\n"


def _synthetic(source: str, tables: dict[str, pa.Table]) -> tuple[bool, tuple[str, ...]]:
    """Whether a folder is an unaltered synthetic world: the one that its note names, made anew."""
    from ind_risk.core.worlds import make_world

    file = Path(source) / WORLD_FILE
    if "://" in source or not file.is_file():
        return False, ()
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
        # Anybody can write a digest into a note: the world itself is made anew and compared.
        made = make_world(
            str(noted["world"]), sponsors=int(noted["sponsors"]), seed=int(noted["seed"])
        )
    except (ValueError, KeyError, TypeError, IndRiskError):
        return False, (f"{file} cannot be read; the tables are treated as real data.",)
    if data_digest(made.tables) != data_digest(tables):
        return False, (
            f"{file} names other tables than these; they are treated as real data "
            "and judged by the full policy.",
        )
    return True, ()
