"""What is being done: a spinner on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from ind_risk.dossier.terminal.screen import console

if TYPE_CHECKING:
    from rich.console import Console

STAGES = {
    "importing": "loading the libraries",
    "landing": "reading the tables and checking them against the contract",
    "keeping": "keeping the tables that were taken in",
    "features": "computing point-in-time features",
    "labels": "deriving labels and how each came to be seen",
    "training": "training and choosing a candidate",
    "alternatives": "fitting the alternatives to the candidate",
    "registering": "registering the candidate in MLflow",
    "scoring": "scoring sponsors",
    "drift": "comparing use with training",
    "bias": "testing the bias hypotheses",
    "accuracy": "judging accuracy on random inspections",
    "plots": "drawing plots",
    "robustness": "judging labels, usefulness, calibration and past windows",
    "inspectors": "asking whether who inspects decides what is found",
    "stability": "fitting again on resampled labels",
    "perturbation": "disturbing the inputs",
    "training again": "waiting for the second training, in a process of its own",
    "frame": "laying out whom a sample can be drawn from",
    "planning": "planning the sample",
    "drawing": "drawing the sample",
    "recording": "recording the evidence in MLflow",
    "gate": "asking the gate",
    "dossier": "writing the dossier",
    "monitoring": "looking at the model in use",
    "reasons": "finding reasons",
    "writing": "writing",
}
WAITING = "working"
SHOWN_FROM = 0.05  # seconds; what takes less is no news
OFTEN = ("plots", "recording")  # come again and again: one line at the end, of all together
REFRESH = 6  # times a second; the work needs the processor more


@contextmanager
def progress(*, quiet: bool, lines: bool = True) -> Iterator[None]:
    """Say on stderr what is being done and, when done, how long it took; nothing if quiet.

    Args:
        quiet: say nothing at all.
        lines: also where stderr is no terminal. Commands whose answer is short need none there.
    """
    from ind_risk.adapters.progress import stopwatch

    if quiet or not (lines or sys.stderr.isatty()):
        yield
        return
    often: dict[str, float] = {}
    with _listening() as say:

        def listener(stage: str, seconds: float | None) -> None:
            if stage in OFTEN and seconds is not None:
                often[stage] = often.get(stage, 0.0) + seconds
                seconds = 0.0  # the end of it is no news by itself
            say(stage, seconds)

        stopwatch.listener = listener
        try:
            yield
        finally:
            stopwatch.listener = None
    for stage, seconds in often.items():
        _plain_line(stage, seconds)


def waiting(*, quiet: bool) -> AbstractContextManager[None]:
    """A sign of life for a command that answers in a moment, or in half a minute: a spinner."""
    return progress(quiet=quiet, lines=False)


@contextmanager
def _listening() -> Iterator[Callable[[str, float | None], None]]:
    screen = console(stderr=True)
    if sys.stderr.isatty() and screen.is_interactive and not screen.is_dumb_terminal:
        with _spinner(screen) as listener:
            yield listener
    else:  # a file or a pipe, whatever FORCE_COLOR says
        yield _plain_line


def _plain_line(stage: str, seconds: float | None) -> None:
    if seconds is not None and _is_news(seconds):
        print(_done(stage, seconds), file=sys.stderr, flush=True)


@contextmanager
def _spinner(screen: Console) -> Iterator[Callable[[str, float | None], None]]:
    from rich.text import Text

    underway: list[str] = []  # a stage may lie within another
    with screen.status(WAITING, refresh_per_second=REFRESH) as status:

        def listener(stage: str, seconds: float | None) -> None:
            if seconds is None:
                underway.append(stage)
            elif stage in underway:
                underway.remove(stage)
                if _is_news(seconds):
                    screen.print(Text(_done(stage, seconds), style="dim"))
            status.update(Text(STAGES.get(underway[-1], underway[-1]) if underway else WAITING))

        yield listener


def _is_news(seconds: float) -> bool:
    return seconds >= SHOWN_FROM


def _done(stage: str, seconds: float) -> str:
    return f"  {STAGES.get(stage, stage):<64}{seconds:6.1f} s"
