"""What training sees: features joined with labels, in key order whatever order they came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.bands import tie_break
from ind_risk.core.errors import IndRiskError
from ind_risk.core.training.encoding import Feature, categories_of, design, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

KEY = ["sponsor_id", "as_of"]
RANDOM_ARM = "random"  # the selection route whose labels have the rate of the population


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Labelled rows; all arrays of shape (n,), `frame` of n rows.

    Args:
        frame: features as `encoding.design` gives them.
        y: 1 for non-compliant.
        source: selection route by which the label came to be seen.
        day: as-of dates (datetime64[D]).
        known: day the label was known (datetime64[D]), NaT where not given.
        ties: see `bands.tie_break`.
    """

    frame: pd.DataFrame
    y: NDArray[np.int64]
    source: NDArray[Any]
    day: NDArray[np.datetime64]
    known: NDArray[np.datetime64]
    ties: NDArray[np.uint64]

    @property
    def n(self) -> int:
        """Number of labels."""
        return len(self.y)

    @property
    def positives(self) -> int:
        """Number of non-compliant ones."""
        return int(self.y.sum())

    @property
    def has_both(self) -> bool:
        """Whether both outcomes occur."""
        return 0 < self.positives < self.n

    def dates(self) -> tuple[date, ...]:
        """The as-of dates, oldest first."""
        import numpy as np

        return tuple(np.unique(self.day).astype(object))

    def where(self, mask: NDArray[np.bool_]) -> Rows:
        """The rows of a mask."""
        return Rows(
            frame=self.frame[mask].reset_index(drop=True), y=self.y[mask], source=self.source[mask],
            day=self.day[mask], known=self.known[mask], ties=self.ties[mask],
        )  # fmt: skip

    def at(self, as_of: date) -> Rows:
        """The rows of one as-of date."""
        import numpy as np

        return self.where(self.day == np.datetime64(as_of))

    def matured(self, as_of_dates: Sequence[date], *, by: date) -> Rows:
        """The rows of these as-of dates whose label was known by a day."""
        import numpy as np

        days = np.array(as_of_dates, dtype="datetime64[D]")
        known = np.isnat(self.known) | (self.known <= np.datetime64(by))
        return self.where(np.isin(self.day, days) & known)


def join_rows(
    *, features: pd.DataFrame, labelled: pd.DataFrame, specs: Sequence[Feature], random_arm: bool
) -> Rows:
    """Join, sort by (sponsor_id, as_of) and check.

    Args:
        features: sponsor_id, as_of and every registered feature; other as-of dates may be there.
        labelled: sponsor_id, as_of, y (0/1), source; `closed_on` too if labels may be known later
            than the horizon ends.
        specs: the registered features; only they are read.
        random_arm: whether random-arm labels may train.

    Raises:
        IndRiskError: on a repeated (sponsor_id, as_of) or a y that is neither 0 nor 1.
    """
    import numpy as np
    import pandas as pd

    kept = ["y", "source", *(["closed_on"] if "closed_on" in labelled else [])]
    labels = labelled[[*KEY, *kept]].assign(as_of=pd.to_datetime(labelled["as_of"]))
    known = features[[*KEY, *(s.name for s in specs)]]
    known = known.assign(as_of=pd.to_datetime(known["as_of"]))
    for name, table in (("labels", labels), ("features", known)):
        if table.duplicated(KEY).any():
            twice = table.loc[table.duplicated(KEY), KEY].iloc[0]
            raise IndRiskError(
                f"The {name} hold sponsor {twice['sponsor_id']!r} twice at "
                f"{twice['as_of']:%Y-%m-%d}; make them again."
            )
    if not labels["y"].isin([0, 1]).all():
        raise IndRiskError("Training labels must be 0 (compliant) or 1 (non_compliant).")
    if not random_arm:
        labels = labels[labels["source"] != RANDOM_ARM]
    joined = labels.merge(known, on=KEY, how="inner").sort_values(KEY, ignore_index=True)
    as_of = joined["as_of"].to_numpy().astype("datetime64[D]")
    closed = joined.get("closed_on", pd.Series(pd.NaT, index=joined.index))
    return Rows(
        frame=design(joined, numbers_of(specs), categories_of(specs)),
        y=joined["y"].to_numpy(dtype=np.int64),
        source=joined["source"].to_numpy(dtype=object),
        day=as_of,
        known=pd.to_datetime(closed).to_numpy().astype("datetime64[D]"),
        ties=tie_break(joined["sponsor_id"], as_of),
    )
