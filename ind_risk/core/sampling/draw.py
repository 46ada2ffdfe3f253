"""Drawing the sample: simple random sampling within strata, that anybody can repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core import digests
from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.strata import Key, said, strata_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.sampling.strata import Strata

RANDOM = "random"


def frame_digest(frame: pd.DataFrame) -> str:
    """SHA-256 (hex) over all of a frame: order of rows and columns are of no effect.

    Args:
        frame: with a column sponsor_id.
    """
    return digests.frame_digest(frame, ("sponsor_id",))


def draw_sample(
    *,
    frame: pd.DataFrame,
    columns: tuple[str, ...],
    allocation: Mapping[Key, int],
    seed: int,
    already: Collection[str] = (),
) -> pd.DataFrame:
    """Draw sponsors: n_h of the N_h in each stratum, every such set equally likely.

    Each sponsor of a stratum, in order of sponsor_id, gets a number that is uniform in [0, 1); the
    smallest n_h are drawn (Sunter, 1977). The numbers of a stratum depend on the seed and on its
    key only: with the same frame and seed a larger sample contains a smaller one, and one stratum
    has no effect on another.

    Args:
        frame: as for `strata_of`, rows in any order.
        columns: strata of the policy.
        allocation: sponsors to draw from each stratum; a stratum that is not named gets none.
        seed: at least 0; drawn after plan and frame are on record.
        already: sponsors of this frame that a former random sample has drawn, in numbers by
            stratum fixed beforehand, whether or not their outcome came back. They are not drawn
            again; the draw is made of the others, and both samples together are one of simple
            random sampling.

    Returns:
        Only those newly drawn, in order of sponsor_id: sponsor_id, the columns of the strata,
        route ("random") and inclusion_probability, which is (n_h + m_h) / N_h with m_h drawn
        already. Where m_h is above 0 the former sample must be given this probability too
        (`inclusion_probabilities`), or the two weigh differently.

    Raises:
        IndRiskError: if more are to be drawn than there are, or `already` names a stranger.
    """
    import pandas as pd

    strata = strata_of(frame, columns)
    taken = _taken(strata, already)
    wanted = strata.counts(allocation)
    _refuse_too_many(strata, wanted, taken)
    keys = np.full(len(strata.of), np.inf)
    for h, key in enumerate(strata.keys):
        keys[strata.of == h] = _generator(seed, key).random(int(strata.size[h]))
    keys[taken] = np.inf
    order = np.lexsort((keys, strata.of))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(
        np.cumsum(strata.size) - strata.size, strata.size
    )
    rows = np.flatnonzero(place < wanted[strata.of])
    chance = (wanted + np.bincount(strata.of[taken], minlength=len(strata))) / strata.size
    texts: dict[str, Any] = {"sponsor_id": strata.sponsor_id[rows]}
    for i, column in enumerate(strata.columns):
        texts[column] = [strata.keys[h][i] for h in strata.of[rows]]
    return pd.DataFrame(
        {**texts, "route": RANDOM, "inclusion_probability": chance[strata.of[rows]]}
    )


def inclusion_probabilities(
    *, frame: pd.DataFrame, columns: tuple[str, ...], drawn: Collection[str]
) -> pd.DataFrame:
    """Of sponsors drawn in several phases: sponsor_id and n_h / N_h over all of them together.

    Args:
        frame, columns: as for `draw_sample`; the same frame in every phase.
        drawn: sponsors of all phases.
    """
    import pandas as pd

    strata = strata_of(frame, columns)
    taken = _taken(strata, drawn)
    chance = np.bincount(strata.of[taken], minlength=len(strata)) / strata.size
    columns_made: dict[str, Any] = {
        "sponsor_id": strata.sponsor_id[taken],
        "inclusion_probability": chance[strata.of[taken]],
    }
    return pd.DataFrame(columns_made)


def _generator(seed: int, key: Key) -> np.random.Generator:
    if seed < 0:
        raise IndRiskError(f"The seed is {seed}; give a whole number from 0.")
    digest = hashlib.sha256("\x1f".join(f"{len(part)}:{part}" for part in key).encode()).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words)))


def _taken(strata: Strata, already: Collection[str]) -> NDArray[np.bool_]:
    there = set(already)
    if strangers := sorted(there - set(strata.sponsor_id)):
        raise IndRiskError(
            f"{len(strangers):,} sponsors drawn before are not in this frame, for example "
            f"{strangers[0]}; draw from the frame of the former phase."
        )
    return np.array([s in there for s in strata.sponsor_id], dtype=bool)


def _refuse_too_many(strata: Strata, wanted: NDArray[np.int64], taken: NDArray[np.bool_]) -> None:
    left = strata.size - np.bincount(strata.of[taken], minlength=len(strata))
    if (over := np.flatnonzero(wanted > left)).size:
        h = int(over[0])
        raise IndRiskError(
            f"{wanted[h]} sponsors of {said(strata.keys[h])} cannot be drawn: {left[h]} are left; "
            "plan with this frame again."
        )
