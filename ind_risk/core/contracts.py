"""The table contract, held as data: suites, readers, worlds and documentation derive from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["string", "date", "integer", "number"]

DECISIONS = ("granted", "refused", "withdrawn")
SELECTIONS = ("random", "risk_model", "signal", "theme", "reinspection")
OUTCOMES = ("compliant", "non_compliant", "undetermined")
KNOWN_OUTCOMES = ("compliant", "non_compliant")
INTERVENTION_KINDS = ("warning", "fine", "suspension", "revocation")

FIRST_DATE, LAST_DATE = date(1900, 1, 1), date(2100, 12, 31)
# No key, category or name is longer; a longer text is a mistake (an unclosed quote, a pasted file).
MAX_CHARACTERS = 1_000


@dataclass(frozen=True)
class Column:
    """One column of the contract.

    Args:
        name: as in the landing table.
        kind: string, date (no time of day), integer (64 bits) or number (finite 64-bit float).
        nullable: whether it may be null (`?` in the design).
        references: table whose key every non-null value must be.
        allowed: closed set of values.
        minimum / above / maximum: inclusive lower, exclusive lower and inclusive upper bound.
        pattern: regular expression a whole non-null value must match.
        free_text: written by people for people: spaces around it and line breaks are no fault.
        unit: for people ("EUR a month").
        meaning: one sentence for people.
    """

    name: str
    kind: Kind
    meaning: str
    nullable: bool = False
    references: str | None = None
    allowed: tuple[str, ...] | None = None
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    unit: str | None = None
    free_text: bool = False


@dataclass(frozen=True)
class DateOrder:
    """`later` is never before `earlier`, where both are known."""

    earlier: str
    later: str


@dataclass(frozen=True)
class RequiredWhere:
    """`column` may not be null in rows where `where` equals `value`."""

    column: str
    where: str
    value: str


@dataclass(frozen=True)
class OnlyWhere:
    """`column` must be null in rows where `where` does not equal `value`."""

    column: str
    where: str
    value: str


@dataclass(frozen=True)
class Table:
    """One table of the contract; the first column is its key.

    Args:
        known_at: the date column from which a row's final facts count (None: known when it begins).
        reference_key: for tables whose key is itself a reference (protected_attributes → permits).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    date_orders: tuple[DateOrder, ...] = ()
    required_where: tuple[RequiredWhere, ...] = ()
    only_where: tuple[OnlyWhere, ...] = ()

    @property
    def key(self) -> str:
        """Name of the key column: unique and never null."""
        return self.columns[0].name

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all contract columns, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _sponsor(meaning: str = "the sponsor it is about") -> Column:
    return Column("sponsor_id", "string", meaning, references="sponsors")


TABLES: Mapping[str, Table] = {
    t.name: t
    for t in (
        Table(
            "sponsors",
            "Recognised sponsors: legal persons trusted to vouch for knowledge migrants.",
            (
                Column("sponsor_id", "string", "key"),
                Column(
                    "legal_name", "string", "name; never a feature", nullable=True, free_text=True
                ),
                Column("sector", "string", "line of business", nullable=True),
                Column("legal_form", "string", "legal form", nullable=True),
                Column("founded_on", "date", "day of foundation", nullable=True),
                Column("recognised_on", "date", "day of recognition"),
                Column("recognition_ended_on", "date", "day recognition ended", nullable=True),
                Column("employees", "integer", "employees", nullable=True, minimum=0),
                Column("province", "string", "province of the seat", nullable=True),
            ),
            (
                DateOrder("founded_on", "recognised_on"),
                DateOrder("recognised_on", "recognition_ended_on"),
            ),
        ),
        Table(
            "permits",
            "Applications for residence as a knowledge migrant, with their decisions.",
            (
                Column("permit_id", "string", "key"),
                _sponsor("the sponsor who applied"),
                Column("applied_on", "date", "day of application"),
                Column("decided_on", "date", "day of decision", nullable=True),
                Column("decision", "string", "decision", nullable=True, allowed=DECISIONS),
                Column("valid_from", "date", "first day of validity", nullable=True),
                Column("valid_until", "date", "last day of validity", nullable=True),
                Column("ended_on", "date", "day employment or stay ended", nullable=True),
                Column(
                    "gross_monthly_salary",
                    "number",
                    "gross salary",
                    nullable=True,
                    minimum=0,
                    unit="EUR a month",
                ),
                Column(
                    "salary_criterion",
                    "number",
                    "salary the rules ask",
                    nullable=True,
                    minimum=0,
                    unit="EUR a month",
                ),
                Column("occupation", "string", "occupation", nullable=True),
            ),
            (
                DateOrder("applied_on", "decided_on"),
                DateOrder("valid_from", "valid_until"),
                DateOrder("valid_from", "ended_on"),
            ),
            tuple(RequiredWhere("decided_on", "decision", decision) for decision in DECISIONS),
        ),
        Table(
            "inspections",
            "Inspections of sponsors, and the route by which each was selected.",
            (
                Column("inspection_id", "string", "key"),
                _sponsor("the sponsor inspected"),
                Column("opened_on", "date", "day opened"),
                Column("closed_on", "date", "day closed", nullable=True),
                Column("selection", "string", "route of selection", allowed=SELECTIONS),
                Column(
                    "inclusion_probability",
                    "number",
                    "probability with which the sample included the sponsor",
                    nullable=True,
                    above=0,
                    maximum=1,
                ),
                Column("inspector_id", "string", "pseudonym of the inspector", nullable=True),
                Column("outcome", "string", "outcome", nullable=True, allowed=OUTCOMES),
                Column("breaches", "integer", "breaches found", nullable=True, minimum=0),
            ),
            (DateOrder("opened_on", "closed_on"),),
            (
                RequiredWhere("inclusion_probability", "selection", "random"),
                *(RequiredWhere("closed_on", "outcome", outcome) for outcome in KNOWN_OUTCOMES),
            ),
            (OnlyWhere("inclusion_probability", "selection", "random"),),
        ),
        Table(
            "interventions",
            "Enforcement interventions imposed on sponsors.",
            (
                Column("intervention_id", "string", "key"),
                _sponsor("the sponsor intervened against"),
                Column(
                    "inspection_id",
                    "string",
                    "the inspection it followed from",
                    nullable=True,
                    references="inspections",
                ),
                Column("imposed_on", "date", "day imposed"),
                Column("kind", "string", "kind", allowed=INTERVENTION_KINDS),
                Column("amount", "number", "amount", nullable=True, minimum=0, unit="EUR"),
            ),
        ),
        Table(
            "signals",
            "Signals received about sponsors.",
            (
                Column("signal_id", "string", "key"),
                _sponsor("the sponsor signalled"),
                Column("received_on", "date", "day received"),
                Column("source", "string", "where the signal came from"),
            ),
        ),
        Table(
            "protected_attributes",
            "Protected attributes of migrants; only the bias evaluation may read them.",
            (
                Column("permit_id", "string", "key; a permit", references="permits"),
                Column(
                    "nationality",
                    "string",
                    "nationality, ISO 3166-1 alpha-3",
                    nullable=True,
                    pattern="[A-Z]{3}",
                ),
                Column(
                    "birth_year",
                    "integer",
                    "year of birth",
                    nullable=True,
                    minimum=1900,
                    maximum=2100,
                ),
                Column("gender", "string", "gender", nullable=True),
            ),
        ),
    )
}

PROTECTED_TABLE = "protected_attributes"

# Words in a column's name that speak of origin; such a column is refused outside PROTECTED_TABLE.
ORIGIN_WORDS = (
    "nationality", "nationalities", "nationaliteit", "nationaliteiten", "ethnicity", "ethnic",
    "etniciteit", "origin", "herkomst", "afkomst", "birthcountry", "countryofbirth", "birthplace",
    "placeofbirth", "geboorteland", "geboorteplaats", "citizenship", "race", "religion",
    "migrationbackground",
    "nationalite", "ethnicities", "ethnischeachtergrond", "etnisch", "etnische", "landvangeboorte",
    "plaatsvangeboorte", "geboortestad", "citizenships", "staatsburgerschap",
    "migratieachtergrond", "passportcountry", "countryofpassport", "paspoortland", "religie",
    "godsdienst",
)  # fmt: skip
# Words that make a column be about a sponsor's directors; their origin is refused everywhere.
DIRECTOR_WORDS = (
    "director", "directeur", "bestuurder", "owner", "eigenaar", "shareholder", "aandeelhouder",
    "dga", "board", "bestuur", "proprietor",
)  # fmt: skip
