"""Reference that is made from the code whenever the site is built, so that it cannot go stale.

A page says `<!-- from the code: contract -->` on a line of its own; `conf.py` puts there what the
function of that name in `MAKERS` says, as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from docs.from_code.checks import checks
from docs.from_code.commands import commands
from docs.from_code.contract import contract
from docs.from_code.features import features
from docs.from_code.policy import policy
from docs.from_code.worlds import worlds

MAKERS: Mapping[str, Callable[[], str]] = {
    "checks": checks, "commands": commands, "contract": contract, "features": features,
    "policy": policy, "worlds": worlds,
}  # fmt: skip
_MARK = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)


def filled(text: str) -> str:
    """A page's text with its marks replaced.

    Raises:
        KeyError: for a mark that nothing is made for.
    """
    return _MARK.sub(lambda mark: MAKERS[mark[1]](), text)
