"""Settings of every test process, and the order of the tests."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Before anything numerical is imported: two processes test side by side on two cores, and threads
# of OpenMP would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Imported by the server that `command` forks from, and by nobody else: it has no example to try.
collect_ignore = ["ready.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files beside this one first: they run whole lifecycles, and short ones fill up the end."""
    items.sort(key=lambda item: item.path.parent.name != "ind_risk_tests")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium; a module long, for Playwright's loop is in the way of others."""
    from ind_risk_tests.browser import chromium

    with chromium() as started:
        yield started
