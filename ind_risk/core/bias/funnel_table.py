"""What happened to each sponsor between two days: inspected by choice or at random, intervened.

One Ibis expression over the landing tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.errors import IndRiskError
from ind_risk.core.labels import population_at

if TYPE_CHECKING:
    from datetime import date

    import ibis


def funnel_table(
    sponsors: ibis.Table,
    inspections: ibis.Table,
    interventions: ibis.Table,
    *,
    since: date,
    until: date,
    population_on: date | None = None,
) -> ibis.Table:
    """One row a sponsor recognised on `since`, whatever became of the recognition later.

    Args:
        sponsors, inspections, interventions: landing tables.
        since: the day of the scores; what is of that day has come before them.
        population_on: another day whose recognised sponsors are meant.
        until: the last day that counts, and up to which facts are known. An inspection is known
            when opened, an intervention when imposed.

    Returns:
        In order of sponsor_id: sponsor_id and three columns, true or false and never null.
        `inspected`: an inspection was opened in (since, until] by another route than the random
        one, so people or the earlier model chose it. `random_inspected`: one was opened by the
        random route. `intervened`: an intervention was imposed in (since, until].

    Raises:
        IndRiskError: if `until` lies before `since`.
    """
    if until < since:
        raise IndRiskError(f"The funnel ends on {until}, before it begins on {since}; swap them.")
    opened = inspections.filter(inspections.opened_on > since, inspections.opened_on <= until)
    imposed = interventions.filter(
        interventions.imposed_on > since, interventions.imposed_on <= until
    )
    chosen = opened.filter(opened.selection != "random")
    drawn = opened.filter(opened.selection == "random")
    rows = population_at(sponsors, population_on or since)
    rows = rows.mutate(
        inspected=rows.sponsor_id.isin(chosen.sponsor_id),
        intervened=rows.sponsor_id.isin(imposed.sponsor_id),
        random_inspected=rows.sponsor_id.isin(drawn.sponsor_id),
    )
    return rows.order_by("sponsor_id").select(
        "sponsor_id", "inspected", "intervened", "random_inspected"
    )
