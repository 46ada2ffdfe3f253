"""`ind-risk dossier`: one page on whether the model may be used, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ind_risk.adapters.home import Home, write_text
from ind_risk.cli.application import HomeOption, LangOption, QuietOption, app, language_asked


@app.command(
    epilog="Examples: `ind-risk dossier --open` · `ind-risk dossier --lang en --out d.html`"
)
def dossier(
    lang: LangOption = "nl",
    out: Annotated[
        Path | None,
        typer.Option(help="HTML to write; else in the home.", dir_okay=False),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    home: HomeOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write the dossier: for officials two pages, for auditors every finding, in one file."""
    from ind_risk.actions import dossier_facts_now, keep_dossier_now
    from ind_risk.dossier.page.build import page
    from ind_risk.dossier.terminal import waiting

    language = language_asked(lang)
    where = Home.resolve(home)
    with waiting(quiet=quiet):
        if out is None:
            file = keep_dossier_now(where)[language]
        else:
            file = out.resolve()
            write_text(file, page(dossier_facts_now(where), language))
    typer.echo(f"{file}: {file.stat().st_size / 1000:,.0f} kB, to be read without a network.")
    if show:
        typer.launch(file.as_uri())
