"""The Typer application, and what its commands share: options, usage errors, JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ind_risk.adapters.home import HOME_VARIABLE
from ind_risk.adapters.protected_source import PROTECTED_VARIABLE
from ind_risk.core.errors import IndRiskError, UnusableFile
from ind_risk.core.worlds import WORLDS

if TYPE_CHECKING:
    from ind_risk.dossier.page.words import Language

FAILED, USAGE, REFUSED = 1, 2, 3
WORLD_NAMES = ", ".join(WORLDS)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Takes a risk model for recognised sponsors from raw data to use, and lets it into use "
    "only when evidence says that it is accurate, robust and even-handed.",
    epilog="Exit status: 0 done, whatever was decided; 2 usage; 3 input refused, or a file that "
    "you named is not there; 1 anything else."
    "\n\nBegin with `ind-risk run --world audited`, then `ind-risk ui`.",
)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        help="Where everything is kept. Else IND_RISK_HOME, else .ind_risk/ here.",
        envvar=HOME_VARIABLE,
        file_okay=False,
        show_envvar=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, no more.")]
SeedOption = Annotated[int, typer.Option(help="Seed of every random draw.", min=0)]
ProtectedOption = Annotated[
    str | None,
    typer.Option(
        "--protected-data",
        help="Where protected_attributes is, read with a login of its own: folder or address. "
        f"Else {PROTECTED_VARIABLE}, which keeps a password out of the list of processes.",
    ),
]
LangOption = Annotated[str, typer.Option(help="Of what people read: nl or en.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("ind-risk"))
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """What holds for every command; the help of the whole stands above."""


def usage(message: str) -> NoReturn:
    """End with status 2, saying what was asked wrongly."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(USAGE)


def language_asked(name: str) -> Language:
    from ind_risk.dossier.page.words import language_of

    try:
        return language_of(name.lower())
    except IndRiskError as error:
        usage(str(error))


def check_list_file(out: Path | None) -> None:
    from ind_risk.defs.handouts import Files

    if out is not None:
        try:
            Files.at(out)
        except IndRiskError as error:
            usage(str(error))


def check_key(key: str | None) -> None:
    """A key file that is not there is said before anybody is asked for its password."""
    if key is not None and not key.startswith("hsm:") and not Path(key).is_file():
        raise UnusableFile(f"There is no key file {key}. `ind-risk key {key}` makes one.")


def ask_password(*, twice: bool = False) -> bytes:
    """A password, typed at the terminal and not shown."""
    if not sys.stdin.isatty():
        instead = ", or make the key with --no-password" if twice else ""
        usage(f"a password is typed at a terminal, and there is none here. Go to one{instead}.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=twice)).encode()


def print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, allow_nan=False, ensure_ascii=False))


def check_date(as_of: str | None) -> None:
    from ind_risk.adapters.intake import parse_date

    if as_of is not None:
        try:
            parse_date(as_of)
        except IndRiskError as error:
            usage(f"--as-of: {error}")
