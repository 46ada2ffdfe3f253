"""The feature register, as shipped."""

from __future__ import annotations

from docs.from_code.markdown import code, plain, table
from ind_risk.adapters.feature_file import shipped_register

_DIRECTIONS = {1: "more is more risk", -1: "more is less risk", 0: "not known"}


def features() -> str:
    """One row a feature."""
    rows = [
        [code(f.name), plain(f.definition), code(f.source), _DIRECTIONS[f.direction],
         plain(f.justification)]
        for f in shipped_register().features
    ]  # fmt: skip
    return table(["feature", "definition", "from", "direction", "why it may bear"], rows)
