"""Any change of a chain shows, but for one: its newest entries cut off."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.ledger import (
    BEFORE_THE_FIRST,
    KINDS,
    Entry,
    canonical,
    decode,
    digest_of,
    encode,
    next_entry,
    verify_chain,
)

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
SCALAR = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    SCALAR | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
BODY = st.dictionaries(TEXT, JSON, max_size=3)


def chain(*bodies: dict[str, Any]) -> list[Entry]:
    entries: list[Entry] = []
    for number, body in enumerate(bodies):
        at = START + timedelta(seconds=number)
        entries.append(next_entry(entries[-1] if entries else None, "worklist", body, at))
    return entries


SMALL = st.dictionaries(st.sampled_from("ab"), st.integers() | TEXT, max_size=2)
CHAINS = st.lists(SMALL, min_size=2, max_size=5).map(lambda bodies: chain(*bodies))


def test_the_first_entry_worked_out_by_hand() -> None:
    entry = next_entry(None, "data", {"b": 1, "a": "é"}, START)
    text = (
        '{"at":"2026-11-02T12:00:00.000000+00:00","body":{"a":"é","b":1},"kind":"data",'
        '"previous":"' + "0" * 64 + '","seq":1}'
    )
    assert entry.digest == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert entry.previous == BEFORE_THE_FIRST
    assert json.loads(encode(entry)) == {**json.loads(text), "digest": entry.digest}


@given(BODY)
def test_an_entry_comes_back_as_it_was(body: dict[str, Any]) -> None:
    (entry,) = chain(body)
    assert decode(encode(entry)) == entry
    assert canonical(json.loads(canonical(body))) == canonical(body)
    assert b"\n" not in encode(entry)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        {"a": [1.0, {"b": math.nan}]},
        {1: "a"},
        {None: 1},
        {"a": {1, 2}},
        {"a": b"x"},
        {"a": START},
        {"a": MappingProxyType({})},
        "\ud800",
        {"\udfff": 1},
    ],
    ids=repr,
)
def test_what_json_would_not_give_back_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError is one of them
        canonical(value)
    with pytest.raises(ValueError):  # noqa: PT011
        next_entry(None, "data", {"x": value}, START)


def test_an_unknown_kind_or_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        next_entry(None, "gossip", {}, START)
    with pytest.raises(ValueError, match="time zone"):
        next_entry(None, "data", {}, START.replace(tzinfo=None))
    assert {"decision", "release", "withdrawal", "worklist"} <= KINDS


def test_time_is_kept_in_utc_and_never_runs_backwards() -> None:
    amsterdam = timezone(timedelta(hours=1))
    first = next_entry(None, "data", {}, START.astimezone(amsterdam))
    assert first.at == "2026-11-02T12:00:00.000000+00:00"
    second = next_entry(first, "data", {}, START - timedelta(days=1))
    assert second.at == first.at
    assert verify_chain([first, second]) is None


@given(CHAINS)
def test_a_chain_holds(entries: list[Entry]) -> None:
    assert verify_chain(entries) is None
    assert verify_chain([]) is None


def _one_more(entries: list[Entry], place: int) -> list[Entry]:
    before = entries[place - 1] if place else None
    return [next_entry(before, "data", {"new": 1}, START + timedelta(seconds=place))]


SPOILS: dict[str, Callable[[list[Entry], int], list[Entry]]] = {
    "dropped": lambda e, i: e[:i] + e[i + 1 :],
    "doubled": lambda e, i: [*e[: i + 1], *e[i:]],
    "swapped": lambda e, i: [*e[:i], e[i + 1], e[i], *e[i + 2 :]],
    "inserted": lambda e, i: [*e[:i], *_one_more(e, i), *e[i:]],
}


@pytest.mark.parametrize("how", SPOILS)
@given(entries=CHAINS, data=st.data())
def test_a_line_dropped_doubled_swapped_or_inserted_shows(
    how: str, entries: list[Entry], data: st.DataObject
) -> None:
    # Not the last: a chain whose end is cut off, or extended by the rules, is again a chain. Only
    # a head kept elsewhere tells.
    place = data.draw(st.integers(0, len(entries) - 2))
    fault = verify_chain(SPOILS[how](entries, place))
    assert fault is not None
    assert fault.seq >= place + 1
    assert f"ledger entry {fault.seq}" in str(fault)


@given(CHAINS)
def test_the_newest_entry_cut_off_does_not_show_but_the_head_differs(entries: list[Entry]) -> None:
    assert verify_chain(entries[:-1]) is None
    assert entries[-2].digest != entries[-1].digest


@given(entries=CHAINS, data=st.data())
def test_a_changed_entry_shows_even_with_a_digest_to_match(
    entries: list[Entry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    body = data.draw(SMALL.filter(lambda b: canonical(b) != canonical(dict(entries[place].body))))
    changed = replace(entries[place], body=body)
    assert verify_chain([*entries[:place], changed, *entries[place + 1 :]]) is not None
    matched = replace(changed, digest=digest_of(changed.fields()))
    fault = verify_chain([*entries[:place], matched, *entries[place + 1 :]])
    assert fault is not None
    assert fault.seq == place + 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seq": 2}, "numbered 2"),
        ({"previous": "1" * 64}, "does not follow"),
        ({"kind": "gossip"}, "unknown kind"),
        ({"at": "yesterday"}, "which is none"),
        ({"at": "2026-11-02T12:00:00+00:00"}, "which is none"),
        ({"at": "2026-11-02T13:00:00.000000+01:00"}, "which is none"),
        ({"at": "2026-11-02T12:00:00.000000"}, "which is none"),
    ],
)
def test_a_wrong_first_entry_is_named(change: dict[str, Any], said: str) -> None:
    (entry,) = chain({})
    changed = replace(entry, **change)
    fault = verify_chain([replace(changed, digest=digest_of(changed.fields()))])
    assert fault is not None
    assert said in str(fault)
    assert verify_chain([replace(entry, digest="0" * 64)]) is not None


def test_an_entry_dated_before_its_predecessor_is_named() -> None:
    first, second = chain({}, {})
    early = replace(second, at="2026-11-02T11:59:59.000000+00:00")
    fault = verify_chain([first, replace(early, digest=digest_of(early.fields()))])
    assert fault is not None
    assert "before its predecessor" in str(fault)


GOOD = encode(chain({"a": 1.5, "b": "é"})[0]).decode()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        "{" * 9000,
        GOOD + " ",
        " " + GOOD,
        GOOD + "\r",
        "\ufeff" + GOOD,
        GOOD.replace('"seq":1', '"seq":1.0'),
        GOOD.replace('"seq":1', '"seq":true'),
        GOOD.replace('"seq":1', '"seq":1,"seq":1'),
        GOOD.replace('"seq":1', '"seq":1,"more":1'),
        GOOD.replace('"seq":1', '"seq": 1'),
        GOOD.replace("1.5", "1.50"),
        GOOD.replace("1.5", "NaN"),
        GOOD.replace("1.5", "1e999"),
        GOOD.replace("1.5", "9" * 5000),
        GOOD.replace("é", "\\u00e9"),
        GOOD.replace("é", "\\ud800"),
        GOOD.replace('"kind":"worklist"', '"kind":null'),
        GOOD.replace('"body":{', '"body":[{').replace('},"digest"', '}],"digest"'),
    ],
)
def test_only_the_canonical_line_is_read(line: str) -> None:
    assert decode(GOOD.encode())
    with pytest.raises(ValueError):  # noqa: PT011 - the texts differ
        decode(line.encode())


def test_bytes_that_are_no_text_are_no_line() -> None:
    with pytest.raises(ValueError, match="no JSON"):
        decode(b"\xff\xfe")
