"""How features become numbers: declared once, so every candidate reads a sponsor the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

UNKNOWN = "(unknown)"
RARE_BELOW = 20  # categories seen less often than this share one column
QUANTILES = 100


class Feature(Protocol):
    """What training must know of a registered feature."""

    @property
    def name(self) -> str:
        """Column name."""
        ...

    @property
    def kind(self) -> Literal["number", "category"]:
        """Number (float, may be missing) or category (text, may be missing)."""
        ...

    @property
    def direction(self) -> int:
        """+1 if more means riskier, -1 if less does, 0 if unknown."""
        ...

    @property
    def definition(self) -> str:
        """One sentence for people."""
        ...


def numbers_of(specs: Sequence[Feature]) -> list[str]:
    """Names of the number features, in the register's order."""
    return [s.name for s in specs if s.kind == "number"]


def categories_of(specs: Sequence[Feature]) -> list[str]:
    """Names of the category features, in the register's order."""
    return [s.name for s in specs if s.kind == "category"]


def design(frame: pd.DataFrame, numbers: Sequence[str], categories: Sequence[str]) -> pd.DataFrame:
    """The columns a model reads, in its order: float64 and object, missing texts as `UNKNOWN`.

    Whatever kind of null a storage layer hands over (None, NaN, pd.NA), the model sees one.

    Args:
        frame: at least the named columns; any others are left out.
        numbers: names of number features.
        categories: names of category features.

    Returns:
        A new frame of len(frame) rows, index 0, 1, …

    Raises:
        KeyError: if a named column is missing.
    """
    import numpy as np
    import pandas as pd

    index = pd.RangeIndex(len(frame))
    columns: dict[str, Any] = {
        n: frame[n].to_numpy(dtype=np.float64, na_value=np.nan) for n in numbers
    }
    for name in categories:
        values = frame[name].astype(object)
        texts = values.where(values.notna(), UNKNOWN).to_numpy(dtype=object)
        columns[name] = pd.Series(texts, index=index, dtype=object)
    return pd.DataFrame(columns, index=index)


def tree_encoder(numbers: Sequence[str], categories: Sequence[str]) -> Any:
    """For boosters: numbers as they are (missing included), categories one column each."""
    from sklearn.compose import ColumnTransformer

    return ColumnTransformer(
        [("numbers", "passthrough", list(numbers)), ("categories", _one_hot(), list(categories))],
        sparse_threshold=0.0,
        verbose_feature_names_out=False,
    )


def linear_encoder(
    numbers: Sequence[str], categories: Sequence[str], *, rows: int, seed: int
) -> Any:
    """For the logistic regression: ranks in [0, 1], missing as the middle plus an indicator.

    Ranks instead of standardised values, because counts of permits have very heavy tails.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import QuantileTransformer

    ranks = Pipeline(
        [
            ("rank", QuantileTransformer(n_quantiles=min(QUANTILES, rows), random_state=seed)),
            ("fill", SimpleImputer(strategy="constant", fill_value=0.5, add_indicator=True)),
        ]
    )
    return ColumnTransformer(
        [("numbers", ranks, list(numbers)), ("categories", _one_hot(), list(categories))],
        sparse_threshold=0.0,
        verbose_feature_names_out=False,
    )


def _one_hot() -> Any:
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=RARE_BELOW, sparse_output=False
    )
