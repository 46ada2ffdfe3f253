"""The console blocks of pages: what a reader types, what comes of it, and a shell for it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ind_risk_tests.command import ind_risk

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = "ind-risk"


@dataclass(frozen=True)
class Typed:
    """One command of a page.

    Args:
        text: as it is typed, of several lines where it goes on.
        says: lines that the page shows of its output.
        status: with which it ends; a page says so by `echo $?` after it.
    """

    text: str
    says: tuple[str, ...] = ()
    status: int = 0


def typed_in(text: str) -> Iterator[Typed]:
    """The commands of all console blocks of a page, in order.

    >>> list(typed_in("```console\\n$ false\\n$ echo $?\\n1\\n```"))
    [Typed(text='false', says=(), status=1)]
    """
    for block in _BLOCK.findall(text):
        found: list[Typed] = []
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Typed(line.removeprefix("$ ")))
            elif line == ">" or line.startswith("> "):
                found[-1] = replace(found[-1], text=f"{found[-1].text}\n{line[2:]}")
            elif line.strip():
                found[-1] = replace(found[-1], says=(*found[-1].says, line))
        for place, one in enumerate(found):
            if one.text == "echo $?":
                found[place - 1] = replace(found[place - 1], status=int(one.says[0]))
        yield from (one for one in found if one.text != "echo $?")


def words(text: str) -> str:
    """What a screen says, without frames, line breaks and the digits of numbers.

    Numbers differ with the machine's last bits; what is told of them does not.

    >>> words("│ 3,440 of   9,562\\n│ sponsors")
    '#,# of #,# sponsors'
    """
    return " ".join(re.sub(r"\d+", "#", re.sub(r"[─-╿]", " ", text)).split())


@dataclass
class Shell:
    """A folder to work in and an environment, as a reader has them.

    Args:
        folder: where commands are typed.
        env: besides that of this process.
        instead: parts of a command that stand for something else here, such as a server's name.
    """

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """What comes of a command."""
        for one, other in self.instead.items():
            text = text.replace(one, other)
        first, *rest = shlex.split(text)
        if first == "export":
            for name, _, value in (word.partition("=") for word in rest):
                self.env[name] = value
        elif first == "unset":
            for name in rest:
                self.env.pop(name)
        elif first == PROGRAM:
            return self._program(rest)
        else:
            beside = [str(Path(sys.executable).parent), self.env.get("PATH", os.environ["PATH"])]
            return subprocess.run(
                ["bash", "-euc", text], cwd=self.folder, capture_output=True, text=True,
                check=False, env={**os.environ, **self.env, "PATH": ":".join(beside)},
            )  # fmt: skip
        return subprocess.CompletedProcess(text, 0, "", "")

    def _program(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        into = None
        if ">" in arguments:
            into = arguments[arguments.index(">") + 1]
            arguments = arguments[: arguments.index(">")]
        done = ind_risk(*arguments, cwd=self.folder, env=self.env)
        if into is not None:
            (self.folder / into).write_text(done.stdout, encoding="utf-8")
        return done
