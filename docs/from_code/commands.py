"""Every command with every option, from the tree that the program itself parses with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docs.from_code.markdown import code, plain, table

PROGRAM = "ind-risk"


def commands() -> str:
    """One section a command."""
    import typer.main

    from ind_risk.cli import app

    tree: Any = typer.main.get_command(app)
    return "\n\n".join(_section(name, command) for name, command in commands_of(tree, PROGRAM))


def commands_of(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Commands that do something, below a command, with what a user types for each."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
        return
    for word in sorted(below):
        yield from commands_of(below[word], f"{name} {word}")


def _section(name: str, command: Any) -> str:
    context = command.context_class(command, info_name=name)
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    parts = [f"## `{name}`", _paragraphs(command.help), f"```text\n{usage}\n```"]
    rows = [
        [code(record[0].replace("`", "")), plain(record[1])]
        for parameter in command.params
        if (record := parameter.get_help_record(context) or _argument(parameter))
    ]
    if rows:
        parts.append(table(["argument or option", "meaning"], rows))
    if command.epilog:
        parts.append(_paragraphs(command.epilog))
    return "\n\n".join(parts)


def _argument(parameter: Any) -> tuple[str, str]:
    return parameter.make_metavar(), parameter.help or ""


def _paragraphs(text: str) -> str:
    return "\n\n".join(plain(" ".join(p.split())) for p in text.split("\n\n"))
