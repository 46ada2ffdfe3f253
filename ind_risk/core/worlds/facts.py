"""What the worlds are made after: public figures of recognised sponsors, and our assumptions.

(v) read in a public source; (s) secondary source; (a) assumption of ours.
"""

from __future__ import annotations

from datetime import date

FIRST_DAY = date(2017, 1, 1)  # (a) features of mid-2020 look back three years
CUTOFF = date(2025, 12, 31)  # (a) the last event of every world falls on this day
YEARS = tuple(range(FIRST_DAY.year, CUTOFF.year + 1))

# Sponsors. About 10,000 in the register (v), 4,730 in 2018 (s); the scheme began in 2004 (s).
SCHEME_BEGAN = date(2004, 10, 1)
NET_GROWTH = 0.06  # a year, at which 4,730 of 2018 become 10,000, the scheme having begun in 2004
LEAVERS = 0.008  # (a) share whose recognition ends in a year
LEAVERS_REVOKED = 0.4  # (a) of these, without any inspection: 20 to 140 revocations a year (s)

SECTORS: dict[str, tuple[float, float]] = {
    # share; log-odds of non-compliance against the average (a)
    "business services": (0.24, 0.1),  # share (s)
    "ICT": (0.23, -0.1),  # share (s); shares below (a)
    "industry": (0.12, -0.3),
    "research and education": (0.09, -0.8),
    "trade": (0.09, 0.3),
    "finance": (0.07, -0.4),
    "temporary work and payroll": (0.06, 0.7),
    "construction and energy": (0.04, 0.2),
    "hospitality": (0.03, 0.6),
    "transport": (0.03, 0.2),
}
LEGAL_FORMS: dict[str, tuple[float, float]] = {  # (a)
    "BV": (0.78, 0.0),
    "NV": (0.05, -0.3),
    "stichting": (0.07, -0.3),
    "cooperatie": (0.03, 0.0),
    "VOF": (0.04, 0.3),
    "eenmanszaak": (0.03, 0.4),
}
PROVINCES: dict[str, float] = {  # (a)
    "Noord-Holland": 0.33, "Zuid-Holland": 0.23, "Noord-Brabant": 0.15, "Utrecht": 0.11,
    "Gelderland": 0.06, "Limburg": 0.04, "Overijssel": 0.03, "Groningen": 0.02, "Flevoland": 0.01,
    "Fryslân": 0.01, "Drenthe": 0.005, "Zeeland": 0.005,
}  # fmt: skip
NEW_SPONSOR_YEARS, NEW_SPONSOR_EFFECT = 2.0, 0.35  # (a) log-odds while duties are new

# Size. Half of sponsors with 1 or 2 migrants, the top 1 % with a quarter or more (a).
SIZES = (1.2, 2.0)
SIZE_SHARES = (0.27, 0.25)
TAIL_START, TAIL_EXPONENT, TAIL_CAP = 2.6, 1.22, 350.0

# Applications a year and sponsor, against the mean: "Kennis & Talent" had 20,970 in 2019, 13,710 in
# 2020, 22,840 in 2021 (v), 33,030 in 2022 (s); divided by the sponsors of the time. Others (a).
APPLICATIONS = {
    2017: 0.95, 2018: 1.0, 2019: 0.97, 2020: 0.58, 2021: 0.95, 2022: 1.1, 2023: 1.05, 2024: 1.05,
    2025: 1.05,
}  # fmt: skip
REFUSED, WITHDRAWN = 0.042, 0.018  # 94 % granted (v); the split of the rest (a)

# Salary criteria, EUR a month without holiday pay: 30 and older, under 30, reduced (s).
# 2017, 2019 and 2021 lie halfway (a).
CRITERIA = {
    2016: (4240, 3108, 2228), 2018: (4404, 3229, 2314), 2020: (4612, 3381, 2423),
    2022: (4840, 3549, 2543), 2023: (5008, 3672, 2631), 2024: (5331, 3909, 2801),
    2025: (5688, 4171, 2989),
}  # fmt: skip
REDUCED_SHARE = 0.35  # (a) of those under 30: graduates of the last three years
OCCUPATIONS: dict[str, float] = {  # (a)
    "software developer": 0.24, "data scientist": 0.09, "mechanical engineer": 0.08,
    "electrical engineer": 0.07, "business consultant": 0.11, "researcher": 0.1, "chef": 0.03,
    "financial analyst": 0.08, "product manager": 0.06, "marketing specialist": 0.05,
    "logistics planner": 0.04, "physician": 0.02, "other": 0.03,
}  # fmt: skip

# Three quarters men, two thirds under 40 (s); the third value (a).
GENDERS: dict[str, float] = {"male": 0.745, "female": 0.25, "x": 0.005}

# Sanctions: a warning valid two years, then a fine, revocation after a third fine (v).
WARNING_DAYS = 730
FINE, REPEATED_FINE = 3_000.0, 4_500.0  # (a)

SIGNALS: dict[str, tuple[float, float]] = {
    # a year and sponsor (a); how steeply they rise with bad conduct (a)
    "labour_inspectorate": (0.07, 1.2),
    "tax_service": (0.09, 1.1),
    "employee_insurance_agency": (0.09, 1.1),
    "population_register": (0.2, 0.4),
    "company_register": (0.15, 0.3),
    "tip": (0.12, 0.2),
}

# Inspections. 100 to 400 selected a year (a); the random arm is what we advise.
SELECTED_SHARE = 0.03  # of sponsors a year
RANDOM_SHARE = {2017: 0.05, 2018: 0.1}  # of sponsors a year; later ones RANDOM_SHARE_NOW
RANDOM_SHARE_NOW = 0.3
ROUTES: dict[str, float] = {"risk_model": 0.5, "signal": 0.25, "theme": 0.15, "reinspection": 0.1}
INSPECTORS = 24  # (a)
