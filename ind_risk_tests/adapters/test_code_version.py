"""The version of the code is what the files say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import ind_risk
from ind_risk.adapters.code_version import code_version, version_of


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "a" / "inner").mkdir(parents=True)
    (tmp_path / "a" / "one.py").write_bytes(b"x = 1\n")
    (tmp_path / "a" / "inner" / "two.py").write_bytes(b"y = 2\n")
    (tmp_path / "a" / "policy.toml").write_bytes(b"z = 3\n")
    return tmp_path / "a"


def test_of_this_package() -> None:
    assert code_version() == version_of(Path(ind_risk.__file__).parent)
    assert len(code_version()) == 64
    assert set(code_version()) <= set("0123456789abcdef")


def test_it_does_not_depend_on_the_place(package: Path, tmp_path: Path) -> None:
    before = version_of(package)
    package.rename(tmp_path / "b")
    assert version_of(tmp_path / "b") == before


@pytest.mark.parametrize("name", ["one.py", "inner/two.py", "policy.toml"])
def test_a_changed_a_renamed_and_a_removed_file_show(package: Path, name: str) -> None:
    seen = [version_of(package)]
    file = package / name
    file.write_bytes(file.read_bytes() + b" ")
    seen.append(version_of(package))
    file.rename(file.with_stem("other"))
    seen.append(version_of(package))
    file.with_stem("other").unlink()
    seen.append(version_of(package))
    assert len(set(seen)) == 4


def test_a_new_file_shows_and_files_that_do_not_run_do_not(package: Path) -> None:
    before = version_of(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "one.cpython-311.pyc").write_bytes(b"x")
    (package / "notes.txt").write_text("x")
    (package / "folder.py").mkdir()
    (package / ".#one.py").symlink_to("nowhere")
    assert version_of(package) == before
    (package / "three.py").write_bytes(b"")
    assert version_of(package) != before


def test_content_that_moves_across_a_border_shows(tmp_path: Path) -> None:
    for name, parts in (("a", (b"xy", b"")), ("b", (b"x", b"y")), ("c", (b"", b"xy"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.py").write_bytes(parts[0])
        (tmp_path / name / "2.py").write_bytes(parts[1])
    assert len({version_of(tmp_path / n) for n in "abc"}) == 3
