"""What is being done and how long it took: one stopwatch for the terminal and the JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Listener = Callable[[str, float | None], None]


@dataclass
class Stopwatch:
    """Seconds per stage of this process, and who wants to hear of them.

    A listener is called with (stage, None) when a stage begins and (stage, seconds) when it ends.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    listener: Listener | None = None

    def reset(self) -> None:
        """Forget the stages so far (one process may run several lifecycles)."""
        self.seconds.clear()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; a stage entered twice adds up."""
        if self.listener:
            self.listener(name, None)
        begun = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - begun
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
            if self.listener:
                self.listener(name, taken)


stopwatch = Stopwatch()
