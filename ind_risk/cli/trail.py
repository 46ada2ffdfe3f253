"""`ind-risk verify`, `checkpoint`, `replay`, `history`, `purge`: the trail and what leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ind_risk.adapters.home import Home
from ind_risk.adapters.protected_source import set_protected_source
from ind_risk.cli.application import (
    FAILED,
    HomeOption,
    JsonOption,
    ProtectedOption,
    QuietOption,
    app,
    ask_password,
    check_key,
    print_json,
    usage,
)
from ind_risk.core.errors import IndRiskError


@app.command(epilog="Examples: `ind-risk verify` · `ind-risk verify --checkpoint usb/2026-11.json`")
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A signed one, kept elsewhere; may be repeated.")
    ] = None,
    public: Annotated[
        list[Path] | None, typer.Option(help="Public key that may have signed it.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Recompute the whole trail offline; status 1 and the first fault if anything does not hold."""
    from ind_risk.actions import verify_now
    from ind_risk.dossier.terminal import console, waiting
    from ind_risk.dossier.terminal.trail import show_verified

    with waiting(quiet=quiet or as_json):
        parts = verify_now(Home.resolve(home), checkpoints=checkpoint or (), public=public or ())
    if as_json:
        print_json(
            {"holds": not any(p.fault for p in parts), "parts": [p.to_json() for p in parts]}
        )
    else:
        show_verified(console(), [(p.what, p.how_many, p.fault) for p in parts])
    if any(p.fault for p in parts):
        raise typer.Exit(FAILED)


@app.command(epilog="Example: `ind-risk checkpoint --key anna.pem --out usb/2026-11.json`")
def checkpoint(
    key: Annotated[str, typer.Option(help="Private key: a PEM file, or hsm:… for a smart card.")],
    out: Annotated[Path, typer.Option(help="To be kept where the home's keepers cannot write.")],
    password: Annotated[
        bool, typer.Option("--password", help="Ask for the password of the key file.")
    ] = False,
    home: HomeOption = None,
    quiet: QuietOption = False,
) -> None:
    """Verify the trail and sign how long it is; `verify --checkpoint` holds it to that later."""
    from ind_risk.actions import sign_checkpoint_now
    from ind_risk.dossier.terminal import waiting

    check_key(key)
    secret = ask_password() if password else None
    with waiting(quiet=quiet):
        mark, listed = sign_checkpoint_now(Home.resolve(home), out, key=key, password=secret)
    typer.echo(
        f"Signed: {mark.length} entries, the last with digest {mark.head[:12]}. Keep {out} where "
        "those who keep the home cannot write; `ind-risk verify --checkpoint FILE` holds the "
        "trail to it."
    )
    if not listed:
        typer.echo(
            "Warning: the policy lists nobody with this key. `ind-risk verify` then believes the "
            "checkpoint only with --public and the public part of the key, as `ind-risk key` "
            "printed it; keep that in a file beside the checkpoint.",
            err=True,
        )


@app.command(epilog="Examples: `ind-risk replay 1` · `ind-risk replay 3 --data tables/`")
def replay(
    version: Annotated[str, typer.Argument(help="Of the registered model, as `history` names it.")],
    data: Annotated[
        str | None, typer.Option(help="The tables, where the home no longer holds them.")
    ] = None,
    protected_data: ProtectedOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a version's model and evidence again from the trail and compare digests.

    It takes as long as a run and changes nothing; status 1 if anything comes out differently.
    """
    from ind_risk.dossier.terminal import console, progress
    from ind_risk.dossier.terminal.trail import show_replayed
    from ind_risk.replay import replay_version

    if protected_data is not None:
        if data is None:
            usage("--protected-data goes with --data.")
        set_protected_source(protected_data)
    with progress(quiet=quiet or as_json):
        found = replay_version(Home.resolve(home), version, source=data)
    same = all(c.same for c in found)
    if as_json:
        print_json({"same": same, "compared": [c.to_json() for c in found]})
    else:
        show_replayed(console(), [(c.what, c.recorded, c.rebuilt) for c in found])
    if not same:
        raise typer.Exit(FAILED)


@app.command(epilog="Example: `ind-risk history`")
def history(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Who did what when in this home, in words, oldest first."""
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.core.errors import NotFound
    from ind_risk.core.history import in_words
    from ind_risk.dossier.terminal import console
    from ind_risk.dossier.terminal.trail import show_history

    where = Home.resolve(home)
    entries = LedgerFile(where).read()
    if not entries:
        raise NotFound(f"There is no trail in {where.root}. Begin with `ind-risk run`.")
    told = [(e.seq, e.at, e.kind, in_words(e)) for e in entries]
    if as_json:
        names = ("seq", "at", "kind", "said")
        print_json({"entries": [dict(zip(names, t, strict=True)) for t in told]})
        return
    show_history(console(), told)


@app.command(epilog="Example: `ind-risk purge --before 2024-01-01 --rehearse`")
def purge(
    before: Annotated[str, typer.Option(help="Retention date, YYYY-MM-DD.")],
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Say what would go; nothing does.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove rows of people and sponsors of before a date; digests stay, so the trail holds.

    Tables go if their cut-off is earlier, samples if all of their frame are closed, worklists by
    their day.
    """
    from ind_risk.actions import purge_now
    from ind_risk.adapters.intake import parse_date
    from ind_risk.dossier.terminal import waiting

    try:
        day = parse_date(before)
    except IndRiskError as error:
        usage(f"--before: {error}")
    with waiting(quiet=quiet or as_json):
        done = purge_now(Home.resolve(home), before=day, rehearse=rehearse)
    if as_json:
        print_json(done.to_json())
        return
    if not done.files:
        typer.echo(
            "Nothing is to be removed. Purge looks at days of use, not at dates in rows: the "
            f"cut-off of the accepted tables ({done.cut_off or 'there are none'}), the last day of "
            f"each sample's frame, and the day of each worklist; none is before {day}. Older rows "
            "within the accepted tables go when tables without them are taken in."
        )
        return
    typer.echo("Would be removed:" if rehearse else "Removed, for ever:")
    if done.tables:
        typer.echo("  the accepted tables, and features, labels and scores of each sponsor")
    if done.samples:
        typer.echo(f"  samples {', '.join(done.samples)}")
    if done.worklists:
        typer.echo(f"  worklists {', '.join(d[:12] for d in done.worklists)}")
    typer.echo(f"  in all {len(done.files)} files; the ledger has the digest of each.")
    if done.tables and not rehearse:
        typer.echo("The next `ind-risk run` takes tables in again.")
