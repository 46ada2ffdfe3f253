"""The frame of an audit sample: every recognised sponsor once, and the strata it falls into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bands import BANDS
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Key = tuple[str, ...]
COLUMNS = ("sponsor_id", "score", "band", "group")
NO_MIGRANTS = ""  # group of a sponsor without migrants: error parity does not compare it
NO_MAJORITY = "no majority"  # of one whose migrants have none: among the others of every group
UNTOUCHED = "never_intervened"
_OF_POLICY = {"band": "band", "majority": "group"}


@dataclass(frozen=True, eq=False)
class Strata:
    """Sponsors 0 … n - 1 in order of `sponsor_id`, in strata 0 … H - 1 in order of their key.

    Args:
        columns: of the frame, whose combinations are the strata.
        keys: values of these columns, shape (H,).
        size: sponsors of each stratum, shape (H,), all above 0.
        of: stratum of each sponsor, shape (n,).
        sponsor_id, band, group: texts, shape (n,).
        score: in [0, 1], shape (n,).
        untouched: never intervened against, shape (n,); None if the frame does not say.
    """

    columns: tuple[str, ...]
    keys: tuple[Key, ...]
    size: Ints
    of: Ints
    sponsor_id: NDArray[np.object_]
    score: Floats
    band: NDArray[np.object_]
    group: NDArray[np.object_]
    untouched: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def weight(self) -> Floats:
        """Share of all sponsors in each stratum, shape (H,)."""
        return np.asarray(self.size / self.size.sum(), dtype=float)

    def mean(self, values: NDArray[Any]) -> Floats:
        """Mean of a number of each sponsor by stratum, shape (H,)."""
        sums = np.bincount(self.of, np.asarray(values, dtype=float), len(self))
        return np.asarray(sums / self.size, dtype=float)

    def counts(self, given: Mapping[Key, int] | None) -> Ints:
        """Whole numbers by key as an array, shape (H,); 0 where none is given.

        Raises:
            IndRiskError: for a key that is no stratum or a number out of range.
        """
        made = np.zeros(len(self), dtype=np.int64)
        place = {key: h for h, key in enumerate(self.keys)}
        for key, count in (given or {}).items():
            if (h := place.get(key)) is None:
                raise IndRiskError(
                    f"{said(key)} is no stratum of this frame; plan with this frame again."
                )
            if not 0 <= count <= self.size[h]:
                raise IndRiskError(
                    f"{count} sponsors of {said(key)} cannot be: it has {self.size[h]}."
                )
            made[h] = count
        return made


def said(key: Key) -> str:
    """A stratum in words.

    >>> said(("high", "IND")), said(("low", ""))
    ('stratum high, IND', 'stratum low, none')
    """
    return f"stratum {', '.join(part or 'none' for part in key)}" if key else "the only stratum"


def strata_of(frame: pd.DataFrame, columns: tuple[str, ...]) -> Strata:
    """Check a frame and put its sponsors into strata; the order of its rows is of no effect.

    Args:
        frame: one row a recognised sponsor: sponsor_id, score (calibrated probability of
            non-compliance), band, group (as selection parity pools majorities; "" without
            migrants, `NO_MAJORITY` where they have none), further columns that the policy names;
            never_intervened (true or false) where it is known.
        columns: `strata` of the policy: "band", "majority" (the column group), other columns.

    Raises:
        IndRiskError: if a column is missing or a value unusable.
    """
    named = tuple(_OF_POLICY.get(c, c) for c in columns)
    _refuse(frame, named)
    ordered = frame.sort_values("sponsor_id", ignore_index=True)
    texts = {c: _texts(ordered[c]) for c in {*named, "sponsor_id", "band", "group"}}
    keys, of = _keys([texts[c] for c in named], len(ordered))
    return Strata(
        columns=named,
        keys=keys,
        size=np.bincount(of, minlength=len(keys)).astype(np.int64),
        of=of,
        sponsor_id=texts["sponsor_id"],
        score=ordered["score"].to_numpy(dtype=float),
        band=texts["band"],
        group=texts["group"],
        untouched=ordered[UNTOUCHED].to_numpy(dtype=bool) if UNTOUCHED in ordered else None,
    )


def _refuse(frame: pd.DataFrame, named: tuple[str, ...]) -> None:
    if missing := [c for c in (*COLUMNS, *named) if c not in frame.columns]:
        raise IndRiskError(f"The frame has no column {missing[0]!r}; a sample needs it.")
    if frame.empty:
        raise IndRiskError("The frame has no sponsors; there is nobody to draw.")
    score = frame["score"].to_numpy(dtype=float, na_value=np.nan)
    wrong = {
        "sponsors without a key": frame["sponsor_id"].isna(),
        "sponsors that stand in it twice": frame["sponsor_id"].duplicated(),
        "scores that are no probability": ~((score >= 0) & (score <= 1)),
        "sponsors without a band": ~frame["band"].isin(BANDS),
        "sponsors without a group (use an empty text)": frame["group"].isna(),
    }
    if UNTOUCHED in frame:
        wrong[f"sponsors without {UNTOUCHED}"] = frame[UNTOUCHED].isna()
    for what, at in wrong.items():
        if count := int(np.asarray(at, dtype=bool).sum()):
            raise IndRiskError(f"The frame has {count:,} {what}; correct it before drawing.")


def _texts(column: pd.Series[Any]) -> NDArray[np.object_]:
    filled = column.astype(object).where(column.notna(), UNKNOWN)
    return np.array([str(v) for v in filled], dtype=object)


def _keys(columns: list[NDArray[np.object_]], n: int) -> tuple[tuple[Key, ...], Ints]:
    rows = list(zip(*columns, strict=True)) if columns else [()] * n
    keys = tuple(sorted(set(rows)))
    place = {key: h for h, key in enumerate(keys)}
    return keys, np.array([place[row] for row in rows], dtype=np.int64)
