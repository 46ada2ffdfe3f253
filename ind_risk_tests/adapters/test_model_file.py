"""A model loads if it is the one recorded and made of listed types; everything else is refused."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from ind_risk.adapters.model_archive import canonical_bytes
from ind_risk.adapters.model_file import load_model, model_digest, save_model
from ind_risk.core.errors import IntegrityError, NotFound
from ind_risk.core.training.calibration import SigmoidCalibrated
from ind_risk_tests.core.training.example import last_features, shipped_policy, trained

if TYPE_CHECKING:
    from pathlib import Path

CAPACITY = shipped_policy().capacity


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "model"
    return folder, save_model(folder, trained(), CAPACITY)


def _written(folder: Path, content: bytes) -> tuple[Path, str]:
    folder.mkdir(exist_ok=True)
    (folder / "model.skops").write_bytes(content)
    return folder, hashlib.sha256(content).hexdigest()


def _repacked(content: bytes, extra: dict[str, bytes]) -> bytes:
    """The same archive with entries added or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name not in extra:
                new.writestr(name, old.read(name))
        for name, data in extra.items():
            new.writestr(name, data)
    return out.getvalue()


def test_round_trip(saved: tuple[Path, str]) -> None:
    folder, digest = saved
    assert digest == model_digest(trained().model)
    features = last_features()
    for path in (folder, folder / "model.skops"):
        loaded = load_model(path, digest)
        assert np.array_equal(loaded.predict_proba(features), trained().predict_proba(features))
    facts = json.loads((folder / "model.json").read_text())
    assert facts["model_digest"] == digest
    assert facts["kind"] == trained().kind
    assert facts["features"] == list(trained().feature_names)


def test_saving_again_gives_the_same_bytes(saved: tuple[Path, str], tmp_path: Path) -> None:
    folder, digest = saved
    before = (folder / "model.skops").read_bytes()
    assert save_model(folder, trained(), CAPACITY) == digest
    assert (folder / "model.skops").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("place", [0, 500, -1])
def test_one_flipped_bit_is_refused(saved: tuple[Path, str], place: int) -> None:
    folder, digest = saved
    content = bytearray((folder / "model.skops").read_bytes())
    content[place] ^= 1
    (folder / "model.skops").write_bytes(content)
    with pytest.raises(IntegrityError, match="digest is"):
        load_model(folder, digest)


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="run the lifecycle"):
        load_model(tmp_path, "0" * 64)


def test_a_symbolic_link_is_refused(saved: tuple[Path, str], tmp_path: Path) -> None:
    folder, digest = saved
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "model.skops").symlink_to(folder / "model.skops")
    (tmp_path / "folder").symlink_to(folder)
    for path in (tmp_path / "file", tmp_path / "file" / "model.skops", tmp_path / "folder"):
        with pytest.raises(IntegrityError, match="symbolic link"):
            load_model(path, digest)


class Evil:
    """Unpickling this would make a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_a_pickle_is_refused_even_with_its_right_digest(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    folder, digest = _written(tmp_path / "m", pickle.dumps(Evil(mark)))
    with pytest.raises(IntegrityError, match="no skops model"):
        load_model(folder, digest)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("ranker", "named"),
    [
        (DecisionTreeClassifier(), "DecisionTreeClassifier"),  # trusted by skops, not by us
        (FunctionTransformer(os.system), "system"),
        (functools.partial(os.system, "true"), "functools.partial"),
        (np.random.RandomState(1), "RandomState"),
    ],
)
def test_unlisted_types_are_refused_by_name(tmp_path: Path, ranker: Any, named: str) -> None:
    model = SigmoidCalibrated(ranker, 1.0, 0.0, [], [])
    folder, digest = _written(tmp_path / "m", canonical_bytes(model))
    with pytest.raises(IntegrityError, match=named):
        load_model(folder, digest)


def test_something_else_than_a_model_is_refused(tmp_path: Path) -> None:
    folder, digest = _written(tmp_path / "m", canonical_bytes({"slope": "1"}))
    with pytest.raises(IntegrityError, match="holds a dict"):
        load_model(folder, digest)


@pytest.mark.parametrize(
    "extra",
    [
        {"../outside.npy": b"x"},
        {"/absolute.npy": b"x"},
        {"model.pkl": b"x"},
        {"schema.json": b"not json"},
        {"schema.json": b'{"__loader__": "ObjectNode"}'},
    ],
)
def test_strange_archives_are_refused(
    saved: tuple[Path, str], tmp_path: Path, extra: dict[str, bytes]
) -> None:
    content = _repacked((saved[0] / "model.skops").read_bytes(), extra)
    folder, digest = _written(tmp_path / "m", content)
    with pytest.raises(IntegrityError, match="no skops model"):
        load_model(folder, digest)


def test_plain_skops_files_are_not_ours(tmp_path: Path) -> None:
    folder, digest = _written(tmp_path / "m", skops.io.dumps(trained().model))
    with pytest.raises(IntegrityError, match="unexpected entry"):
        load_model(folder, digest)
