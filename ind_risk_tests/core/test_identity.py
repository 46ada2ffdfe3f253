"""A candidate is known by five texts; anything less names none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.errors import IntegrityError
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.policy import IDENTITY_FIELDS
from ind_risk_tests.core.evidence_example import candidate

TEXT = st.text(min_size=1).filter(lambda t: bool(t.strip()))


@given(st.lists(TEXT, min_size=5, max_size=5))
def test_metadata_there_and_back(values: list[str]) -> None:
    identity = CandidateIdentity(*values)
    assert tuple(identity.metadata()) == IDENTITY_FIELDS
    assert CandidateIdentity.from_metadata({**identity.metadata(), "more": 1}) == identity


@pytest.mark.parametrize("name", IDENTITY_FIELDS)
@pytest.mark.parametrize("value", [None, "", "  ", 7, True, b"7", float("nan"), ["7"]])
def test_a_field_that_is_no_text_names_no_candidate(name: str, value: object) -> None:
    with pytest.raises(IntegrityError, match=name):
        CandidateIdentity.from_metadata({**candidate().metadata(), name: value})


@pytest.mark.parametrize("name", IDENTITY_FIELDS)
def test_a_missing_field_names_no_candidate(name: str) -> None:
    rest = {n: v for n, v in candidate().metadata().items() if n != name}
    with pytest.raises(IntegrityError, match=name):
        CandidateIdentity.from_metadata(rest)


def test_evidence_is_the_same_under_whatever_version() -> None:
    assert candidate("1").evidence_key == candidate("2").evidence_key
    assert candidate("1", data="e").evidence_key != candidate("1").evidence_key


@pytest.mark.parametrize("name", IDENTITY_FIELDS)
def test_the_fingerprint_speaks_of_every_field(name: str) -> None:
    other = CandidateIdentity(**{**candidate().metadata(), name: "other"})
    assert other.fingerprint != candidate().fingerprint
    assert candidate().fingerprint == candidate().fingerprint
    assert len(other.fingerprint) == 16
