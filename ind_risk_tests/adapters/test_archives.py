"""Archives are known by what they would unpack to."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from ind_risk.adapters.archives import bounded_names


def _archive(names: tuple[str, ...], size: int = 10) -> zipfile.ZipFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a name that is there twice
        for name in names:
            made.writestr(name, bytes(size))
    return zipfile.ZipFile(out)


def test_names_of_what_may_be_unpacked() -> None:
    assert bounded_names(_archive(("a", "b")), largest=20) == ["a", "b"]


def test_a_bomb_is_known_before_it_is_unpacked() -> None:
    bomb = _archive(("a", "b"), 60 * 2**20)
    with pytest.raises(ValueError, match="unpacks to 120 MB, 100 at most"):
        bounded_names(bomb, largest=100 * 2**20)


def test_a_size_that_lies_ends_the_reading() -> None:
    """Whoever declares less than there is gets no more read than declared."""
    bomb = _archive(("a",), 2**20)
    bomb.infolist()[0].file_size = 10
    assert bounded_names(bomb, largest=10) == ["a"]
    with pytest.raises(zipfile.BadZipFile), bomb.open("a") as opened:
        while opened.read(2**16):
            pass


def test_twice_and_with_a_password_and_far_too_many() -> None:
    with pytest.raises(ValueError, match="'a' twice"):
        bounded_names(_archive(("a", "a")), largest=100)
    locked = _archive(("a",))
    locked.infolist()[0].flag_bits |= 1
    with pytest.raises(ValueError, match="password"):
        bounded_names(locked, largest=100)
    with pytest.raises(ValueError, match="20,001 entries"):
        bounded_names(_archive(tuple(map(str, range(20_001))), 0), largest=100)
