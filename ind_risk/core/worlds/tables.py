"""The six landing tables of a world; hidden conduct, proxies and truth never enter here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ind_risk.core.contracts import DECISIONS, INTERVENTION_KINDS, OUTCOMES, SELECTIONS
from ind_risk.core.worlds import columns, facts
from ind_risk.core.worlds.inspectors import PSEUDONYMS
from ind_risk.core.worlds.migrants import GENDERS
from ind_risk.core.worlds.nationality import CODES
from ind_risk.core.worlds.signals import SOURCES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.worlds.permits import Permits
    from ind_risk.core.worlds.signals import Signals
    from ind_risk.core.worlds.sponsors import Sponsors
    from ind_risk.core.worlds.supervision import Supervision

# Shares of values that nobody recorded (a).
NO_SECTOR, NO_FORM, NO_FOUNDATION, NO_EMPLOYEES, NO_PROVINCE = 0.01, 0.005, 0.02, 0.04, 0.005
NO_SALARY, NO_CRITERION, NO_OCCUPATION = 0.01, 0.005, 0.03
NO_NATIONALITY, NO_BIRTH_YEAR, NO_GENDER = 0.004, 0.003, 0.003
_NAMES = (
    "Amber", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Harbour", "Island", "Juniper",
    "Kestrel", "Lagoon", "Meadow", "Nimbus", "Opal", "Prairie", "Quartz", "Reef", "Sky", "Tundra",
)  # fmt: skip


def sponsor_table(rng: np.random.Generator, sponsors: Sponsors, ids: pa.Array) -> pa.Table:
    """Table `sponsors`."""
    n = len(sponsors)
    return columns.table(
        sponsor_id=ids,
        legal_name=_names(rng, n),
        sector=columns.texts(tuple(facts.SECTORS), sponsors.sector, _lost(rng, n, NO_SECTOR)),
        legal_form=columns.texts(
            tuple(facts.LEGAL_FORMS), sponsors.legal_form, _lost(rng, n, NO_FORM)
        ),
        founded_on=columns.dates(sponsors.founded, _lost(rng, n, NO_FOUNDATION)),
        recognised_on=columns.dates(sponsors.recognised),
        recognition_ended_on=columns.dates(sponsors.ended),
        employees=columns.whole(sponsors.employees, _lost(rng, n, NO_EMPLOYEES)),
        province=columns.texts(
            tuple(facts.PROVINCES), sponsors.province, _lost(rng, n, NO_PROVINCE)
        ),
    )


def permit_table(
    rng: np.random.Generator, permits: Permits, sponsor_ids: pa.Array, ids: pa.Array
) -> pa.Table:
    """Table `permits`."""
    n, stays = len(permits), permits.stays
    return columns.table(
        permit_id=ids,
        sponsor_id=columns.taken(sponsor_ids, permits.sponsor),
        applied_on=columns.dates(permits.applied),
        decided_on=columns.dates(stays.decided),
        decision=columns.texts(DECISIONS, stays.decision),
        valid_from=columns.dates(stays.begins),
        valid_until=columns.dates(stays.until),
        ended_on=columns.dates(stays.ended),
        gross_monthly_salary=columns.numbers(permits.salary, _lost(rng, n, NO_SALARY)),
        salary_criterion=columns.numbers(permits.asked, _lost(rng, n, NO_CRITERION)),
        occupation=columns.texts(
            tuple(facts.OCCUPATIONS), permits.occupation, _lost(rng, n, NO_OCCUPATION)
        ),
    )


def protected_table(rng: np.random.Generator, permits: Permits, ids: pa.Array) -> pa.Table:
    """Table `protected_attributes`."""
    n, people = len(permits), permits.migrants
    return columns.table(
        permit_id=ids,
        nationality=columns.texts(CODES, people.nationality, _lost(rng, n, NO_NATIONALITY)),
        birth_year=columns.whole(people.birth_year, _lost(rng, n, NO_BIRTH_YEAR)),
        gender=columns.texts(GENDERS, people.gender, _lost(rng, n, NO_GENDER)),
    )


def supervision_tables(done: Supervision, sponsor_ids: pa.Array) -> dict[str, pa.Table]:
    """Tables `inspections` and `interventions`."""
    made, taken = done.inspections, done.interventions
    ids = columns.keys("I", len(made))
    return {
        "inspections": columns.table(
            inspection_id=ids,
            sponsor_id=columns.taken(sponsor_ids, made.sponsor),
            opened_on=columns.dates(made.opened),
            closed_on=columns.dates(made.closed),
            selection=columns.texts(SELECTIONS, made.route),
            inclusion_probability=columns.numbers(made.probability),
            inspector_id=columns.texts(PSEUDONYMS, made.inspector),
            outcome=columns.texts(OUTCOMES, made.outcome),
            breaches=columns.whole(made.breaches),
        ),
        "interventions": columns.table(
            intervention_id=columns.keys("V", len(taken.sponsor)),
            sponsor_id=columns.taken(sponsor_ids, taken.sponsor),
            inspection_id=columns.taken(ids, taken.inspection),
            imposed_on=columns.dates(taken.imposed),
            kind=columns.texts(INTERVENTION_KINDS, taken.kind),
            amount=columns.numbers(taken.amount),
        ),
    }


def signal_table(signals: Signals, sponsor_ids: pa.Array) -> pa.Table:
    """Table `signals`."""
    return columns.table(
        signal_id=columns.keys("G", len(signals.sponsor)),
        sponsor_id=columns.taken(sponsor_ids, signals.sponsor),
        received_on=columns.dates(signals.received),
        source=columns.texts(SOURCES, signals.source),
    )


def _names(rng: np.random.Generator, n: int) -> pa.Array:
    """Names that nobody takes for a company's."""
    first = columns.texts(_NAMES, rng.integers(0, len(_NAMES), n))
    second = columns.texts(_NAMES, rng.integers(0, len(_NAMES), n))
    number = columns.keys("", n)
    return pc.binary_join_element_wise(pa.scalar("Invented"), first, second, number, " ")


def _lost(rng: np.random.Generator, n: int, share: float) -> NDArray[np.bool_]:
    return rng.random(n) < share
