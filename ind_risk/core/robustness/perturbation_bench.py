"""Who changes band under each disturbance, and which disturbance the model cannot take at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ind_risk.core.bands import tie_break
from ind_risk.core.errors import IndRiskError
from ind_risk.core.robustness import perturbation_inputs as inputs
from ind_risk.core.robustness.retraining import band_places
from ind_risk.core.training.encoding import Feature, categories_of, design, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.training.calibration import SigmoidCalibrated

    Floats = NDArray[np.float64]

T = TypeVar("T")
SHARE = 0.10  # of the values of every feature that are exchanged
LONGEST = 200  # characters of what an error says


@dataclass(frozen=True)
class Flips:
    """So many of n sponsors change band."""

    flipped: int
    n: int


def attempt(work: Callable[[], T]) -> T | str:
    """What comes of it, or in words why nothing does; never an exception."""
    try:
        return work()
    except Exception as error:
        text = str(error).partition("\n")[0][:LONGEST].rstrip(".")
        return f"{type(error).__name__}: {text}" if text else type(error).__name__


@dataclass(frozen=True, eq=False)
class Bench:
    """The sponsors as they are, ready to be disturbed.

    Args:
        reader: the model, taken apart.
        specs: the registered features.
        policy: for the capacities.
        ids: sponsor_id in rising order, n of them.
        ties: see `bands.tie_break`, shape (n,).
        frame: as `encoding.design` gives it.
        read: as the model reads it.
        decision: what it decides, shape (n,).
    """

    reader: inputs.Reader
    specs: Sequence[Feature]
    policy: Policy
    ids: pd.Series[Any]
    ties: NDArray[np.uint64]
    frame: pd.DataFrame
    read: Floats
    decision: Floats

    @classmethod
    def of(
        cls,
        model: SigmoidCalibrated,
        scored: pd.DataFrame,
        specs: Sequence[Feature],
        policy: Policy,
    ) -> Bench:
        """Read the sponsors as they are; `scored` is ordered by sponsor_id."""
        reader = inputs.Reader.of(model, specs)
        frame = design(scored, numbers_of(specs), categories_of(specs))
        read = reader.read(frame)
        return cls(
            reader=reader, specs=specs, policy=policy,
            ids=scored["sponsor_id"],
            ties=tie_break(scored["sponsor_id"], scored["as_of"]),
            frame=frame, read=read, decision=_finite(reader.decide(read)),
        )  # fmt: skip

    def missing(self, rng: np.random.Generator) -> Flips:
        """A tenth of the values of every feature missing, each drawn by itself."""
        return self._changed(self.reader.mixed(self.read, self._nothing, self._drawn(rng)))

    def unseen(self, rng: np.random.Generator) -> Flips:
        """A tenth of the values of every feature like none in training."""
        strange = self.reader.read(inputs.unseen(self.frame, self.specs))
        return self._changed(self.reader.mixed(self.read, strange, self._drawn(rng)))

    def noisy(self, rng: np.random.Generator) -> Flips:
        """All numbers with noise."""
        return self._changed(self.reader.read(inputs.noisy(self.frame, self.specs, rng)))

    def delayed(self, earlier: pd.DataFrame) -> Flips:
        """The features of an earlier date, among those who were there already.

        Args:
            earlier: ordered by sponsor_id.
        """
        then = earlier[earlier["sponsor_id"].isin(self.ids)]
        here = self.ids.isin(then["sponsor_id"]).to_numpy()
        frame = design(then, numbers_of(self.specs), categories_of(self.specs))
        decision = _finite(self.reader.decide(self.reader.read(frame)))
        before, after = (
            band_places(d, self.ties[here], self.policy) for d in (self.decision[here], decision)
        )
        return _flips(before, after)

    def without(self, place: int) -> Flips:
        """One feature, by its place in the reader's names, missing for all."""
        return self._changed(self.reader.without(self.read, self._nothing, place))

    @cached_property
    def _nothing(self) -> Floats:
        """A sponsor of whom nothing is known, as the model reads it, shape (1, columns)."""
        return self.reader.read(inputs.missing(self.frame, self.specs))

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.bool_]:
        # Drawn for all features, used or not, so that a feature's draw rests on the register alone.
        drawn = rng.random((len(self.ids), len(self.specs))) < SHARE
        place = {s.name: k for k, s in enumerate(self.specs)}
        return drawn[:, [place[name] for name in self.reader.names]]

    def _changed(self, read: Floats) -> Flips:
        after = _finite(self.reader.decide(read))
        return _flips(self._places, band_places(after, self.ties, self.policy))

    @cached_property
    def _places(self) -> NDArray[np.int8]:
        """Bands as they are."""
        return band_places(self.decision, self.ties, self.policy)


def _flips(before: NDArray[np.int8], after: NDArray[np.int8]) -> Flips:
    return Flips(int((before != after).sum()), len(before))


def _finite(decision: Floats) -> Floats:
    if bad := int((~np.isfinite(decision)).sum()):
        raise IndRiskError(f"the score of {bad:,} sponsors is no number")
    return decision
