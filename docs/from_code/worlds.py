"""The embedded synthetic worlds."""

from __future__ import annotations

from docs.from_code.markdown import code, plain, table
from ind_risk.core.worlds import WORLDS


def worlds() -> str:
    """One row a world."""
    rows = [[code(w.name), plain(w.description), f"{w.sponsors:,}"] for w in WORLDS.values()]
    return table(["world", "what is so there", "sponsors"], rows)
