"""Worlds on disk, and who plays the inspectors of which."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ind_risk.adapters.world_files import play_inspectors, write_world
from ind_risk.core.errors import IndRiskError, UnusableFile


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A small world."""
    write_world("letter", out=tmp_path / "world", sponsors=120, seed=1)
    return tmp_path / "world"


def sheet_of(world: Path, file: Path) -> Path:
    """A sheet of ten of a world's sponsors."""
    sponsors = pd.read_parquet(world / "sponsors.parquet").head(10)
    sheet = pd.DataFrame({
        "sample": "A1", "case": [f"{n:05}" for n in range(10)],
        "sponsor_id": sponsors["sponsor_id"], "legal_name": sponsors["legal_name"],
    })  # fmt: skip
    sheet.to_csv(file, index=False)
    return file


def test_the_sheet_of_a_world_is_played_by_that_world(world: Path, tmp_path: Path) -> None:
    sheet, out = sheet_of(world, tmp_path / "sheet.csv"), tmp_path / "filled.csv"
    assert play_inspectors(world, sheet=sheet, out=out, seed=0, response=1.0) == (10, 10)
    assert len(pd.read_csv(out)) == 10


@pytest.mark.parametrize(("sponsors", "seed"), [(120, 2), (150, 1)])
def test_the_sheet_of_another_world_is_refused(
    sponsors: int, seed: int, world: Path, tmp_path: Path
) -> None:
    """Another seed or size has the same numbers, so that nothing else would show it."""
    write_world("letter", out=tmp_path / "other", sponsors=sponsors, seed=seed)
    sheet, out = sheet_of(tmp_path / "other", tmp_path / "sheet.csv"), tmp_path / "filled.csv"
    with pytest.raises(IndRiskError, match="was drawn from another world than"):
        play_inspectors(world, sheet=sheet, out=out, seed=0, response=1.0)
    assert not out.exists()


def test_what_is_not_there_is_named(world: Path, tmp_path: Path) -> None:
    for folder, sheet in ((tmp_path / "none", tmp_path / "s.csv"), (world, tmp_path / "s.csv")):
        with pytest.raises(UnusableFile, match=r"none is no synthetic|There is no file"):
            play_inspectors(folder, sheet=sheet, out=tmp_path / "o.csv", seed=0, response=1.0)


def test_a_world_that_is_there_is_replaced_only_if_that_is_asked(world: Path) -> None:
    before = (world / "world.json").read_bytes()
    with pytest.raises(IndRiskError, match="Name a new folder, or give --force"):
        write_world("letter", out=world, sponsors=60, seed=2)
    assert (world / "world.json").read_bytes() == before
    write_world("letter", out=world, sponsors=60, seed=2, force=True)
    assert (world / "world.json").read_bytes() != before
