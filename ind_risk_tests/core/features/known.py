"""When each fact of the landing tables is known, written down once more, apart from the code.

| fact | known from |
|---|---|
| a sponsor, and what its row says of it | `recognised_on` |
| `recognition_ended_on` | that day |
| an application with its salary | `applied_on` |
| `decision`, `decided_on`, `valid_from`, `valid_until` | `decided_on` |
| `ended_on` | that day |
| an inspection, its route and inspector | `opened_on` |
| `outcome`, `breaches`, `closed_on` | `closed_on` |
| an intervention, a signal | `imposed_on`, `received_on` |
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ind_risk_tests.core.features import landing
from ind_risk_tests.core.features.landing import Row, World

ROW_KNOWN_FROM = {
    "sponsors": "recognised_on",
    "permits": "applied_on",
    "inspections": "opened_on",
    "interventions": "imposed_on",
    "signals": "received_on",
}
# Facts of a row that are known later than the row: the day they are known from comes first.
LATER_FACTS = {
    "sponsors": (("recognition_ended_on",),),
    "permits": (("decided_on", "decision", "valid_from", "valid_until"), ("ended_on",)),
    "inspections": (("closed_on", "outcome", "breaches"),),
    "interventions": (),
    "signals": (),
}


def as_it_was(world: World, day: date) -> World:
    """What an export made in the evening of that day would have said."""
    return {
        name: [_as_it_was(name, row, day) for row in rows if row[ROW_KNOWN_FROM[name]] <= day]
        for name, rows in world.items()
    }


def _as_it_was(name: str, row: Row, day: date) -> Row:
    unknown: Row = {}
    for facts in LATER_FACTS[name]:
        if row[facts[0]] is None or row[facts[0]] > day:
            unknown |= dict.fromkeys(facts)
    return row | unknown


def altered(rng: Random, world: World, day: date) -> World:
    """Another future: rows not known on that day changed, dropped or added, later facts redrawn."""
    sponsors = [s for s in world["sponsors"] if _stays(rng, s["recognised_on"], day)]
    sponsors += [
        landing.sponsor(rng, f"T{n:04d}") | _recognised(rng, day) for n in range(rng.randrange(2))
    ]
    made: World = {"sponsors": [_with_other_end(rng, s, day) for s in sponsors]}
    keys = [s["sponsor_id"] for s in made["sponsors"]]
    for name, make in (
        ("permits", landing.permit), ("inspections", landing.inspection),
        ("interventions", landing.intervention), ("signals", landing.signal),
    ):  # fmt: skip
        rows = [
            _with_other_facts(rng, name, row, day)
            for row in world[name]
            if row["sponsor_id"] in keys and _stays(rng, row[ROW_KNOWN_FROM[name]], day)
        ]
        for n in range(rng.randrange(3) if keys else 0):
            # Keys of new rows come before all others, so that ties of ids show.
            row = make(rng, f"A{n:04d}", rng.choice(keys))
            rows.append(_postponed(rng, name, row, day))
        made[name] = rng.sample(rows, len(rows))
    return made


def _after(rng: Random, day: date) -> date:
    """Often the very next day."""
    return day + timedelta(1 if rng.random() < 0.5 else rng.randrange(1, 900))


def _stays(rng: Random, known_from: date, day: date) -> bool:
    return known_from <= day or rng.random() < 0.7


def _recognised(rng: Random, day: date) -> Row:
    return {"recognised_on": _after(rng, day), "recognition_ended_on": None, "founded_on": None}


def _with_other_end(rng: Random, row: Row, day: date) -> Row:
    ended = row["recognition_ended_on"]
    if ended is not None and ended <= day:
        return row
    later = max(_after(rng, day), row["recognised_on"])
    return row | {"recognition_ended_on": landing.maybe(rng, later, 0.5)}


def _with_other_facts(rng: Random, name: str, row: Row, day: date) -> Row:
    if row[ROW_KNOWN_FROM[name]] > day:
        return _postponed(rng, name, row, day)
    next_day = day + timedelta(1)
    row = dict(row)
    if name == "permits":
        if row["ended_on"] is None or row["ended_on"] > day:
            row["ended_on"] = landing.maybe(rng, _after(rng, day), 0.5)
            if row["ended_on"] is not None and row["valid_from"] is not None:
                row["ended_on"] = max(row["ended_on"], row["valid_from"])
        if row["decided_on"] is None or row["decided_on"] > day:
            row |= landing.decision(rng, row, not_before=next_day)
    if name == "inspections" and (row["closed_on"] is None or row["closed_on"] > day):
        row |= landing.closing(rng, row, not_before=next_day)
    return row


def _postponed(rng: Random, name: str, row: Row, day: date) -> Row:
    """A row that nobody knows of on that day, whatever it says."""
    row = row | {ROW_KNOWN_FROM[name]: _after(rng, day)}
    if name == "permits":
        row |= landing.decision(rng, row)
    if name == "inspections":
        row |= landing.closing(rng, row)
    return row
