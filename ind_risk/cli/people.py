"""`ind-risk key`, `state` and `statements`: what people sign, and what of it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ind_risk.adapters.home import Home
from ind_risk.cli.application import (
    HomeOption,
    JsonOption,
    QuietOption,
    app,
    ask_password,
    check_key,
    print_json,
    usage,
)
from ind_risk.core.errors import IndRiskError
from ind_risk.core.people import KINDS


@app.command(
    epilog="Examples: `ind-risk key anna.pem` · `ind-risk key machine.pem --no-password`, where "
    "nobody sits at a terminal"
)
def key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes.", dir_okay=False)],
    password: Annotated[
        bool, typer.Option("--password/--no-password", help="Ask for a password to encrypt it.")
    ] = True,
) -> None:
    """Make a key to sign statements with; the public part, which is printed, goes to the policy.

    It asks for a password twice, with which the file is encrypted; `state` and `checkpoint` ask for
    it with --password.
    """
    from ind_risk.adapters.signatures import new_key

    if file.exists():  # before anybody thinks of a password
        raise IndRiskError(f"{file} is there already; a key is never overwritten.")
    secret = ask_password(twice=True) if password else None
    public = new_key(file, password=secret)
    typer.echo(
        f"The private key is in {file}; only you can read it. Keep it off the platform's machines. "
        'For the policy:\n\n[[statements.people]]\nname = "…"\nroles = ["approver"]\n'
        f"accounts = [\"…\"]  # under which this person works\nkeys = ['''\n{public}''']"
    )


@app.command(
    epilog="Examples: `ind-risk state approval --key anna.pem` · `ind-risk state justification "
    "--key carla.pem --difference 'selection_rate_difference, IND' --text 'because …'`"
)
def state(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    home: HomeOption = None,
    key: Annotated[
        str | None, typer.Option(help="Private key: a PEM file, or hsm:… for a smart card.")
    ] = None,
    envelope: Annotated[
        Path | None, typer.Option(help="Else a DSSE envelope signed elsewhere.", dir_okay=False)
    ] = None,
    text: Annotated[str, typer.Option(help="What you add; anybody with the home reads it.")] = "",
    difference: Annotated[
        str, typer.Option(help="The one difference that a justification is about.")
    ] = "",
    password: Annotated[
        bool, typer.Option("--password", help="Ask for the password of the key file.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Else for the next demonstration person; worlds only.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Sign a statement about the evidence, model and policy of now, and enter it in the ledger."""
    from ind_risk.actions import state_now
    from ind_risk.dossier.terminal import waiting

    if kind not in KINDS:
        usage(f"{kind!r} is no kind of statement; there are {', '.join(KINDS)}.")
    if [key is not None, envelope is not None, demo].count(True) != 1:
        usage("Give --key to sign here, --envelope with what was signed elsewhere, or --demo.")
    if (kind == "justification") != bool(difference.strip()):
        usage("--difference names the one difference of a justification, and goes with no other.")
    if kind == "justification" and not text.strip():
        usage("--text must say why the difference is justified.")
    check_key(key)
    secret = ask_password() if password else None
    with waiting(quiet=quiet or as_json):
        made = state_now(
            Home.resolve(home), kind, key=key, password=secret, envelope=envelope,
            text=text.strip(), difference=difference.strip(), demo=demo,
        )  # fmt: skip
    if as_json:
        print_json(made.to_json())
        return
    typer.echo(
        f"{made.signer} stated: {KINDS[kind]} Ledger entry {made.seq}; it speaks of evidence "
        f"{made.about.evidence[:12]}, model {made.about.model[:12]} and policy "
        f"{made.about.policy[:12]}, and lapses when any of them changes. `ind-risk gate` says what "
        "is still lacking."
    )


@app.command(epilog="Example: `ind-risk statements`")
def statements(
    home: HomeOption = None, as_json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """List what people stated, and whether it counts for the candidate of now."""
    from ind_risk.actions import list_statements
    from ind_risk.dossier.terminal import console, waiting
    from ind_risk.dossier.terminal.statements import show_statements

    with waiting(quiet=quiet or as_json):
        listed = list_statements(Home.resolve(home))
    if as_json:
        print_json({"statements": [s.to_json() for s in listed]})
        return
    show_statements(console(), listed)
