"""Numbers as classes: nobody audits each number of employees by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Size classes of enterprises: Commission Recommendation 2003/361/EC, annex, article 2.
LOWER_ENDS = (0, 10, 50, 250)
NAMES = ("under 10", "10 to 49", "50 to 249", "250 and over")


def in_classes(values: pd.Series[Any]) -> pd.Series[Any]:
    """A column of numbers as the names of its size classes, null where null; others as they are.

    >>> import pandas as pd
    >>> in_classes(pd.Series([3, 50, None])).tolist()
    ['under 10', '50 to 249', None]
    >>> in_classes(pd.Series(["Utrecht"])).tolist()
    ['Utrecht']
    """
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    place = np.searchsorted(LOWER_ENDS, numbers, side="right") - 1
    named = np.array(NAMES, dtype=object)[np.clip(place, 0, len(NAMES) - 1)]
    named[~np.isfinite(numbers)] = None
    return pd.Series(named, index=values.index, dtype=object)
