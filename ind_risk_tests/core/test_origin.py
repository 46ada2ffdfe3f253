from __future__ import annotations

import pytest

from ind_risk.core.contracts import ORIGIN_WORDS, PROTECTED_TABLE, TABLES
from ind_risk.core.origin import names_origin, refused_columns


@pytest.mark.parametrize(
    "column",
    [
        "nationality", "NATIONALITY", "director_nationality", "DirectorNationality",
        "directornationality", "nationalityOfDirector", "director nationality", "director-origin",
        "DirectorOrigin", "origins", "country_of_origin", "herkomst_bestuurder", "herkomstland",
        "land van herkomst", "LandVanHerkomst", "landVanGeboorte", "geboorteland", "geboorte_land",
        "country_of_birth", "CountryOfBirth", "birth country", "birth.country.code", "birthplace",
        "place_of_birth", "nationaliteit", "Nationaliteit_1", "etniciteit", "ethnic_group",
        "ethnicity2", "ethnicities", "afkomst", "race", "races", "owner_race", "religion",
        "citizenship", "migration_background", "Nationalité", "ÉTHNICITY", "original_nationality",
        "ＮＡＴＩＯＮＡＬＩＴＹ", "XMLNationality", "originalnationality",
    ],
)  # fmt: skip
def test_names_of_origin_are_recognised(column: str) -> None:
    assert names_origin(column)


@pytest.mark.parametrize(
    "column",
    [
        "original_name", "originalName", "originated_on", "originator", "originele_naam", "trace",
        "traceId", "brace_count", "grace_period", "terrace", "embraced", "sector", "province",
        "international", "national_id", "birth_year", "land_use", "place", "polytechnic", "",
        "legal_name", "__index_level_0__", "aboriginals_fund",
    ],
)  # fmt: skip
def test_false_friends_are_not(column: str) -> None:
    assert not names_origin(column)


@pytest.mark.parametrize("word", ORIGIN_WORDS)
def test_every_word_of_the_contract_counts_alone_and_joined(word: str) -> None:
    assert names_origin(word)
    assert names_origin(f"director_{word}")
    assert names_origin(f"{word.title()}Director")


def test_the_contract_refuses_none_of_its_own_columns() -> None:
    assert not [c for t in TABLES.values() for c in refused_columns(t.name, t.column_names)]


def test_protected_attributes_may_hold_migrants_origin_but_not_directors() -> None:
    columns = ["nationality", "country_of_birth", "director_nationality", "herkomst_bestuurder",
               "EigenaarNationaliteit", "owner_origin", "director_name"]  # fmt: skip
    assert refused_columns(PROTECTED_TABLE, columns) == tuple(columns[2:6])
    assert refused_columns("sponsors", columns) == tuple(columns[:6])
