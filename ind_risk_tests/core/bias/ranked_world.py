"""Worlds of scores and shares for the tests of rank correlations, and the plain way to do it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ind_risk.core.bias.population import Population
from ind_risk.core.bias.ranks import ShareRanks, score_ranks, share_ranks
from ind_risk.core.bias.residuals import ScoreResiduals, score_residuals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def shares_of(*columns: Floats) -> ShareRanks:
    """Share ranks of groups given as dense columns of shares."""
    table = np.array(columns)
    group, sponsor = np.nonzero(table)
    return share_ranks(
        group=group, sponsor=sponsor, share=table[group, sponsor], groups=len(table),
        n=table.shape[1],
    )  # fmt: skip


def scores_of(score: Floats, stratum: Ints | None = None, **more: int) -> ScoreResiduals:
    number = None if stratum is None else np.unique(stratum, return_inverse=True)[1]
    return score_residuals(score_ranks(score), number, **more)


def centred_ranks(values: Floats) -> Floats:
    return np.asarray((rankdata(values) - (len(values) + 1) / 2) / len(values))


def residuals(values: Floats, stratum: Ints) -> Floats:
    """Least squares on one dummy a stratum, by a linear solver."""
    dummies = (stratum[:, None] == np.unique(stratum)[None, :]).astype(float)
    return np.asarray(values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0])


def partial(score: Floats, share: Floats, stratum: Ints) -> float:
    """Partial rank correlation, the plain way."""
    u, g = (residuals(centred_ranks(v), stratum) for v in (score, share))
    return float(u @ g / np.sqrt((u @ u) * (g @ g)))


def world(kind: str, n: int, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """(stratum, score, share) with score and share related to the stratum only."""
    draw = rng.random(n)
    if kind == "ties":  # four distinct scores, three shares
        stratum = rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])
        share = (draw < np.array([0.1, 0.3, 0.5, 0.05])[stratum]) * rng.choice([0.25, 0.5, 1], n)
        number = rng.poisson(np.array([0.3, 0.6, 1.2, 2.0])[stratum])
        score = np.clip(number, 0, 3).astype(float)
    elif kind == "rare":  # 4 % of sponsors have any
        stratum = rng.choice(5, n)
        share = (draw < np.array([0.01, 0.02, 0.05, 0.1, 0.02])[stratum]) * rng.random(n)
        score = rng.normal(size=n) + 0.7 * stratum
    elif kind == "unequal":  # scores and shares both spread ten times as much in one stratum
        stratum = rng.choice(2, n, p=[0.75, 0.25])
        wide = stratum == 1
        share = np.where(wide, rng.random(n) * (draw < 0.6), 0.05 * (draw < 0.1))
        score = np.where(wide, rng.normal(0, 3, n), rng.normal(0.3, 0.3, n))
    else:  # "few": three sponsors a stratum
        stratum = rng.integers(0, n // 3, n)
        effect = np.random.default_rng(5).normal(size=n)[stratum]
        share = (draw < 1 / (1 + np.exp(-effect))) * rng.choice([0.5, 1], n)
        score = rng.normal(size=n) + effect
    return stratum, score, share


KINDS = ("ties", "rare", "unequal", "few")


def people_of(codes: tuple[str, ...], migrants: Ints, score: Floats) -> Population:
    """Population of a dense table of migrants, shape (n, codes); the top tenth is selected."""
    sponsor, code = np.nonzero(migrants)
    bar = np.quantile(score, 0.9) if len(score) else 0.0
    return Population(
        score=score, selected=score > bar, total=migrants.sum(axis=1).astype(np.int64),
        codes=codes, sponsor=sponsor.astype(np.int64), code=code.astype(np.int64),
        migrants=migrants[sponsor, code].astype(np.int64),
    )  # fmt: skip


def sectors(
    n: int, seed: int, *, tilt: float = 0.0, codes: tuple[str, ...] = ("CHN", "IND", "TUR", "USA")
) -> tuple[Population, Ints]:
    """Sponsors and their sector. IND works in sector 2, where scores are high.

    `tilt` is added to the scores of sponsors with any migrant from TUR, whatever their sector.
    """
    rng = np.random.default_rng(seed)
    sector = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    rate = np.full((n, len(codes)), 0.8)
    rate[:, codes.index("IND")] = np.array([0.2, 0.4, 2.5, 0.3])[sector]
    migrants = rng.poisson(rate)
    migrants[:, 0] += migrants.sum(axis=1) == 0
    score = rng.normal(size=n) + np.array([0.0, 0.2, 1.0, -0.2])[sector]
    score += tilt * (migrants[:, codes.index("TUR")] > 0)
    return people_of(codes, migrants, score), sector
