"""Disturbed inputs as the model reads them: read once, then exchanged feature by feature.

Every column of an encoding rests on one feature alone, so that a sponsor's encoding with some
values exchanged is a mixture of two encodings (the tests compare them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.training.ablation import column_owners, used_features
from ind_risk.core.training.encoding import UNKNOWN, Feature, categories_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.training.calibration import SigmoidCalibrated

    Floats = NDArray[np.float64]

NOISE = 0.05  # standard deviation of the logarithm of what numbers are multiplied with
FAR = 1000.0  # what numbers are multiplied with to lie outside all that was seen: a wrong unit
UNSEEN = "(a category never seen in training)"


@dataclass(frozen=True, eq=False)
class Reader:
    """A model taken apart into reading and deciding.

    Args:
        model: as trained or loaded.
        names: features that decide anything, in the register's order.
        owners: place in `names` of the feature on which each column rests, -1 for a feature that
            decides nothing; shape (columns,).
    """

    model: SigmoidCalibrated
    names: tuple[str, ...]
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, model: SigmoidCalibrated, specs: Sequence[Feature]) -> Reader:
        """The reader of a model that was trained on some of these features."""
        ranker, owners = model.ranker, np.zeros(0, dtype=str)
        if hasattr(ranker, "steps"):
            parts = ranker["encode"].transformers_
            given = {name for part, _, columns in parts if part != "remainder" for name in columns}
            read = [s for s in specs if s.name in given]
            owners = column_owners(ranker["encode"], read)
            used = used_features(ranker, read)
        else:
            used = used_features(ranker, specs)
            owners = np.array(sorted(used), dtype=str)
        names = tuple(s.name for s in specs if s.name in used)
        place = {name: k for k, name in enumerate(names)}
        return cls(model, names, np.array([place.get(o, -1) for o in owners], dtype=np.int64))

    def read(self, frame: pd.DataFrame) -> Floats:
        """What the model makes of a frame that `encoding.design` gave, shape (rows, columns)."""
        ranker = self.model.ranker
        if hasattr(ranker, "steps"):
            return np.asarray(ranker["encode"].transform(frame), dtype=np.float64)
        return frame[list(self.names)].to_numpy(dtype=np.float64)

    def decide(self, read: Floats) -> Floats:
        """Calibrated log-odds of what was read, shape (rows,)."""
        import pandas as pd

        model = self.model
        if hasattr(model.ranker, "steps"):
            raw = model.ranker["model"].decision_function(read)
        else:
            raw = model.ranker.decision_function(pd.DataFrame(read, columns=list(self.names)))
        return np.asarray(model.slope * raw + model.intercept, dtype=np.float64)

    def mixed(self, read: Floats, other: Floats, exchanged: NDArray[np.bool_]) -> Floats:
        """`read` with the exchanged values of `other`.

        Args:
            read: shape (rows, columns).
            other: shape (rows, columns) or (1, columns).
            exchanged: shape (rows, names).
        """
        unused = np.zeros((len(exchanged), 1), dtype=bool)  # where owner -1 points
        return np.where(np.hstack([exchanged, unused])[:, self.owners], other, read)

    def without(self, read: Floats, other: Floats, place: int) -> Floats:
        """`read` with one feature, given by its place, as in `other` for all."""
        made = read.copy()
        columns = self.owners == place
        made[:, columns] = other[:, columns]
        return made


def missing(frame: pd.DataFrame, specs: Sequence[Feature]) -> pd.DataFrame:
    """One row of which nothing is known."""
    return _filled(frame.head(1), specs, np.nan, UNKNOWN)


def unseen(frame: pd.DataFrame, specs: Sequence[Feature]) -> pd.DataFrame:
    """Every number in a wrong unit, every category one that training never saw."""
    changed: dict[str, Any] = {n: frame[n] * FAR for n in numbers_of(specs)}
    return _filled(frame.assign(**changed), specs, None, UNSEEN)


def noisy(frame: pd.DataFrame, specs: Sequence[Feature], rng: np.random.Generator) -> pd.DataFrame:
    """Every number times lognormal noise."""
    numbers = numbers_of(specs)
    factors = np.exp(NOISE * rng.standard_normal((len(frame), len(numbers))))
    return frame.assign(**{n: frame[n] * factors[:, k] for k, n in enumerate(numbers)})


def _filled(
    frame: pd.DataFrame, specs: Sequence[Feature], number: float | None, category: str
) -> pd.DataFrame:
    import pandas as pd

    texts = pd.Series([category] * len(frame), index=frame.index, dtype=object)
    values: dict[str, Any] = dict.fromkeys(categories_of(specs), texts)
    if number is not None:
        values |= dict.fromkeys(numbers_of(specs), number)
    return frame.assign(**values)
