"""Folders of files: whatever form a right table comes in, the same canonical tables come out."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ind_risk.adapters.csv_scan import CHUNK, BrokenCsvError, scan
from ind_risk.adapters.sources import read_source
from ind_risk.core.coercion import coerce
from ind_risk.core.digests import data_digest
from ind_risk.core.errors import InputRefused
from ind_risk_tests.adapters.small_tables import as_arrow, small_tables, write_folder


def digest_of(folder: Path) -> str:
    return data_digest(coerce(read_source(str(folder)))[0])


@pytest.fixture
def expected(tmp_path: Path) -> str:
    return digest_of(write_folder(small_tables(), tmp_path / "expected", "parquet"))


def test_csv_parquet_and_a_mixture_give_the_same(tmp_path: Path, expected: str) -> None:
    folder = write_folder(small_tables(), tmp_path / "in", "csv")
    assert digest_of(folder) == expected
    (folder / "permits.csv").unlink()
    pq.write_table(as_arrow("permits", small_tables()["permits"]), folder / "permits.parquet")
    assert digest_of(folder) == expected


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_marks_and_blank_lines(
    tmp_path: Path, expected: str, end: bytes, mark: bytes, last: bool
) -> None:
    folder = write_folder(small_tables(), tmp_path / "in", "csv")
    for path in folder.iterdir():
        content = path.read_bytes().replace(b"\r\n", end) + end * 2
        path.write_bytes(mark + (content if last else content.rstrip(b"\r\n")))
    assert digest_of(folder) == expected


def test_every_field_quoted_and_columns_in_another_order(tmp_path: Path, expected: str) -> None:
    folder = write_folder(small_tables(), tmp_path / "in", "csv")
    columns = dict(reversed(small_tables()["signals"].items()))
    lines = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (folder / "signals.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert digest_of(folder) == expected


def test_other_files_are_ignored_and_other_columns_left_out(tmp_path: Path, expected: str) -> None:
    tables = small_tables()
    tables["permits"]["note"] = ["x", "y" * 20_000, None, '"']
    folder = write_folder(tables, tmp_path / "in", "csv")
    for name in ("truth.parquet", "README.md", "reference_scores.csv", "director_nationality.csv"):
        (folder / name).write_text("nothing of ours", encoding="utf-8")
    raw = read_source(str(folder))
    canonical, warnings = coerce(raw)
    assert data_digest(canonical) == expected
    assert warnings == ["permits.note: not in the contract; the column was left out."]
    assert raw.description == str(folder.resolve())


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_declared_extra_columns_are_kept(tmp_path: Path, form: str) -> None:
    tables = small_tables()
    tables["sponsors"] |= {"region": ["N", None, "Z"], "turnover": ["1.5", "2", None]}
    folder = write_folder(tables, tmp_path / "in", form)
    canonical, _ = coerce(read_source(str(folder), ("region", "turnover")))
    assert canonical["sponsors"].column_names[-2:] == ["region", "turnover"]
    assert canonical["sponsors"]["region"].to_pylist() == ["N", None, "Z"]
    assert canonical["sponsors"]["turnover"].to_pylist() == [1.5, 2.0, None]


def test_header_only_tables_are_empty(tmp_path: Path) -> None:
    folder = write_folder(small_tables(), tmp_path / "in", "csv")
    path = folder / "interventions.csv"
    header = path.read_bytes().split(b"\r\n")[0]
    for content in (header, header + b"\n", header + b"\r\n\r\n"):
        path.write_bytes(content)
        assert coerce(read_source(str(folder)))[0]["interventions"].num_rows == 0


def test_links_and_parquet_of_other_writers(tmp_path: Path, expected: str) -> None:
    folder = write_folder(small_tables(), tmp_path / "away", "parquet")
    linked = tmp_path / "in"
    linked.mkdir()
    for path in folder.iterdir():
        found = pq.read_table(path, partitioning=None)
        arrays = {
            c: found[c].dictionary_encode() if pa.types.is_string(found[c].type) else found[c]
            for c in found.column_names
        }
        pq.write_table(pa.table(arrays), path, row_group_size=1)
        (linked / path.name).symlink_to(path)
    assert digest_of(linked) == expected


def test_a_file_without_rights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the refusal of the system is played."""
    folder = write_folder(small_tables(), tmp_path / "in", "csv")
    opened = Path.open

    def refuse(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.name == "signals.csv":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputRefused, match=r"signals: cannot be read: Permission denied"):
        read_source(str(folder))


def filled(size: int) -> bytes:
    """Whole lines of text that end exactly `size` bytes into a file with the header `a,b`."""
    line = b"x," + b"y" * 61 + b"\n"
    body = line * (size // len(line) + 1)
    return (b"a,b\n" + body)[: size - 1] + b"\n"


@pytest.mark.parametrize("shift", range(-3, 4))
def test_quotes_across_the_chunks_of_the_scan(tmp_path: Path, shift: int) -> None:
    path = tmp_path / "t.csv"
    start = filled(CHUNK + shift - 4)
    good = start + b'1,"p""q, r""\ns"\n"",""\n'
    path.write_bytes(good)
    shape = scan("t", path)
    assert shape.quoted
    assert shape.header == ("a", "b")
    for bad in (b'1,"p"q\n', b'1,p"q"\n', b'1,"p\n', b'1,"p""\n2,"q\n'):
        path.write_bytes(start + bad)
        with pytest.raises(BrokenCsvError, match="quotation mark"):
            scan("t", path)


def test_the_scan_finds_bytes_and_long_lines_in_later_chunks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    start = filled(2 * CHUNK - 1)
    lines = start.count(b"\n")
    for bad, says in ((b"1,\xff\n", "is not UTF-8"), (b"1,\0\n", "NUL byte")):
        path.write_bytes(start + bad)
        with pytest.raises(BrokenCsvError, match=says) as broken:
            scan("t", path)
        if says == "NUL byte":
            assert f"(line {lines + 1:,})" in str(broken.value)
    path.write_bytes(start + b"1,\xc3\xa9\n" + b"x" * (CHUNK // 2) + b",y\n")
    assert not scan("t", path).quoted
    path.write_bytes(start + b"x" * (CHUNK + 1))
    with pytest.raises(BrokenCsvError, match="more than 1 MiB"):
        scan("t", path)
