"""The data contract as pages show it: every table, column and rule that tables are refused by."""

from __future__ import annotations

from docs.from_code.markdown import code, codes, plain, table
from ind_risk.core.contract_rules import rules_of
from ind_risk.core.contracts import (
    DIRECTOR_WORDS,
    FIRST_DATE,
    LAST_DATE,
    MAX_CHARACTERS,
    ORIGIN_WORDS,
    TABLES,
    Column,
    Table,
)


def contract() -> str:
    """All tables, then what holds for every one."""
    return "\n\n".join([*(_table(t) for t in TABLES.values()), _everywhere()])


def _table(t: Table) -> str:
    columns = table(
        ["column", "type", "may be null", "meaning"],
        (
            [
                code(c.name) + (" (key)" if c.name == t.key else ""), _kind(c),
                "yes" if c.nullable else "no", plain(c.meaning),
            ]
            for c in t.columns
        ),
    )  # fmt: skip
    rules = table(
        ["column", "a row is refused if it", "what to do"],
        ([code(r.column), plain(r.broken), plain(r.next_step)] for r in rules_of(t)),
    )
    return (
        f"## `{t.name}`\n\n{t.meaning}\n\n{columns}\n\n"
        f"The rules of `{t.name}` beyond types, as Great Expectations checks them:\n\n{rules}"
    )


def _kind(c: Column) -> str:
    if c.references is not None:
        return f"{c.kind}, a key of `{c.references}`"
    if c.allowed is not None:
        return f"{c.kind}: {codes(c.allowed)}"
    return c.kind + (f", {c.unit}" if c.unit else "")


def _everywhere() -> str:
    return f"""## For every table

- Dates lie between {FIRST_DATE} and {LAST_DATE}.
- No text is longer than {MAX_CHARACTERS:,} characters.
- A missing table or column is refused. An empty table is valid.
- A further column is dropped with a warning, unless the feature register declares it for
  `sponsors`.
- A column is refused, and the run stops, if its name holds one of these words outside
  `protected_attributes`: {codes(ORIGIN_WORDS)}.
- With one of these words beside them it is refused in every table, for it speaks of directors:
  {codes(DIRECTOR_WORDS)}."""
