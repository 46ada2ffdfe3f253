"""Which nationalities knowledge migrants have: the head of the list is public, the tail assumed."""

from __future__ import annotations

# Inflow 2022: India 24 %, Turkey 11 %, Russia 8 %; China top three in 2021 and 2023; then United
# States, South Africa, Iran, Brazil … (s). Other shares (a): a tail over all continents whose
# regions are, at the default size, large enough to be judged or small enough to be pooled further.
SHARES: dict[str, float] = {
    "IND": 0.24, "TUR": 0.112, "CHN": 0.106, "RUS": 0.08, "USA": 0.032, "GBR": 0.031,
    "ZAF": 0.026, "IRN": 0.026, "BRA": 0.026, "UKR": 0.024, "COL": 0.018, "ARG": 0.018,
    "JPN": 0.015, "KOR": 0.014, "IDN": 0.013, "SRB": 0.012, "AUS": 0.011, "PER": 0.011,
    "CHL": 0.011, "LBN": 0.011, "ISR": 0.011, "PAK": 0.01, "BLR": 0.01, "BIH": 0.008,
    "TWN": 0.008, "MKD": 0.008, "ALB": 0.008, "VNM": 0.007, "PHL": 0.007, "JOR": 0.007,
    "SGP": 0.006, "GEO": 0.006, "SUR": 0.006, "CAN": 0.005, "EGY": 0.004, "MYS": 0.004,
    "NZL": 0.004, "NGA": 0.003, "MAR": 0.002, "MEX": 0.002, "LKA": 0.002, "BGD": 0.002,
    "TUN": 0.001, "GHA": 0.001, "KEN": 0.001, "FJI": 0.001,
}  # fmt: skip
