"""The regions of the world by UN M49: where a nationality goes that is too rare to stand alone.

A table and one lookup, so that nobody can choose a region after seeing the outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "unknown"

# United Nations Statistics Division, Standard country or area codes for statistical use (M49):
# region, sub-region, intermediate region ("" where M49 has none), codes.
# M49 gives Antarctica no region and does not list Taiwan; they stand here as their own region and
# by geography, so that all 249 codes of ISO 3166-1 have a place.
_M49: tuple[tuple[str, str, str, str], ...] = (
    ("Africa", "Northern Africa", "", "DZA EGY ESH LBY MAR SDN TUN"),
    ("Africa", "Sub-Saharan Africa", "Eastern Africa",
     "ATF BDI COM DJI ERI ETH IOT KEN MDG MOZ MUS MWI MYT REU RWA SOM SSD SYC TZA UGA ZMB ZWE"),
    ("Africa", "Sub-Saharan Africa", "Middle Africa", "AGO CAF CMR COD COG GAB GNQ STP TCD"),
    ("Africa", "Sub-Saharan Africa", "Southern Africa", "BWA LSO NAM SWZ ZAF"),
    ("Africa", "Sub-Saharan Africa", "Western Africa",
     "BEN BFA CIV CPV GHA GIN GMB GNB LBR MLI MRT NER NGA SEN SHN SLE TGO"),
    ("Americas", "Latin America and the Caribbean", "Caribbean",
     "ABW AIA ATG BES BHS BLM BRB CUB CUW CYM DMA DOM GLP GRD HTI JAM KNA LCA MAF MSR MTQ PRI SXM "
     "TCA TTO VCT VGB VIR"),
    ("Americas", "Latin America and the Caribbean", "Central America",
     "BLZ CRI GTM HND MEX NIC PAN SLV"),
    ("Americas", "Latin America and the Caribbean", "South America",
     "ARG BOL BRA BVT CHL COL ECU FLK GUF GUY PER PRY SGS SUR URY VEN"),
    ("Americas", "Northern America", "", "BMU CAN GRL SPM USA"),
    ("Antarctica", "Antarctica", "", "ATA"),
    ("Asia", "Central Asia", "", "KAZ KGZ TJK TKM UZB"),
    ("Asia", "Eastern Asia", "", "CHN HKG JPN KOR MAC MNG PRK TWN"),
    ("Asia", "South-eastern Asia", "", "BRN IDN KHM LAO MMR MYS PHL SGP THA TLS VNM"),
    ("Asia", "Southern Asia", "", "AFG BGD BTN IND IRN LKA MDV NPL PAK"),
    ("Asia", "Western Asia", "",
     "ARE ARM AZE BHR CYP GEO IRQ ISR JOR KWT LBN OMN PSE QAT SAU SYR TUR YEM"),
    ("Europe", "Eastern Europe", "", "BGR BLR CZE HUN MDA POL ROU RUS SVK UKR"),
    ("Europe", "Northern Europe", "",
     "ALA DNK EST FIN FRO GBR GGY IMN IRL ISL JEY LTU LVA NOR SJM SWE"),
    ("Europe", "Southern Europe", "",
     "ALB AND BIH ESP GIB GRC HRV ITA MKD MLT MNE PRT SMR SRB SVN VAT"),
    ("Europe", "Western Europe", "", "AUT BEL CHE DEU FRA LIE LUX MCO NLD"),
    ("Oceania", "Australia and New Zealand", "", "AUS CCK CXR HMD NFK NZL"),
    ("Oceania", "Melanesia", "", "FJI NCL PNG SLB VUT"),
    ("Oceania", "Micronesia", "", "FSM GUM KIR MHL MNP NRU PLW UMI"),
    ("Oceania", "Polynesia", "", "ASM COK NIU PCN PYF TKL TON TUV WLF WSM"),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where M49 puts a code.

    Args:
        region: "Africa" … "Oceania", or "unknown".
        subregion: "Sub-Saharan Africa", "Southern Asia" …
        intermediate: "Western Africa" …; empty where M49 has none.
    """

    region: str
    subregion: str
    intermediate: str = ""

    @property
    def levels(self) -> tuple[str, str, str]:
        """From the narrowest to the widest; a level that M49 lacks repeats the next wider one."""
        return (self.intermediate or self.subregion, self.subregion, self.region)


_NOWHERE = Place(UNKNOWN, UNKNOWN)
PLACES: dict[str, Place] = {
    code: Place(region, subregion, intermediate)
    for region, subregion, intermediate, codes in _M49
    for code in codes.split()
}


def place_of(code: str) -> Place:
    """Region, sub-region and intermediate region of an ISO 3166-1 alpha-3 code.

    Any other text, "unknown" included, lies in the region "unknown".

    >>> place_of("NGA").levels
    ('Western Africa', 'Sub-Saharan Africa', 'Africa')
    >>> place_of("IND").levels, place_of("??").region
    (('Southern Asia', 'Southern Asia', 'Asia'), 'unknown')
    """
    return PLACES.get(code, _NOWHERE)
