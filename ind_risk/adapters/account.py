"""The account under which this process works."""

from __future__ import annotations

import os


def account() -> str:
    """Who is at the keyboard, as far as the system knows."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError):  # a user number without a name, as in some containers
        return f"user {os.getuid()}"
