"""`ind-risk certify`: the error rates of verdicts and audit samples, measured on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ind_risk.cli.application import (
    FAILED,
    JsonOption,
    QuietOption,
    SeedOption,
    app,
    print_json,
)

if TYPE_CHECKING:
    from ind_risk.core.bias.certificate import Certificate
    from ind_risk.core.policy import Policy

FEWEST, MOST = 100, 1_000_000


@app.command(
    epilog="Examples: `ind-risk certify` · `ind-risk certify --worlds 20000 --out docs`\n\n"
    "Exit status: 0 every requirement holds; 1 one does not, or it could not be measured."
)
def certify(
    worlds: Annotated[
        int, typer.Option(help="Simulated for each configuration.", min=FEWEST, max=MOST)
    ] = 2_000,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for certificate.md and its picture.", file_okay=False),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Measure the error rates of verdicts and audit samples in worlds of which all is known.

    How often a difference at the margin is called equivalent, whether promised power is met,
    whether intervals cover, those of audit samples included, and how often the gate would open
    for a model that is not even-handed.
    The shipped policy says margins and levels. Twenty thousand worlds take about half an hour.
    """
    from ind_risk.adapters.settings import shipped_policy_text
    from ind_risk.core.bias.certificate import certify as measure
    from ind_risk.core.policy import parse_policy
    from ind_risk.dossier.terminal.certificate import certificate_progress, show_certificate
    from ind_risk.dossier.terminal.screen import console

    policy = parse_policy(shipped_policy_text(), source="policy.toml")
    with certificate_progress(quiet=quiet or as_json) as say:
        made = measure(policy=policy, worlds=worlds, seed=seed, say=say)
    files = _write(out, made, policy) if out is not None else []
    if as_json:
        print_json({**made.to_dict(), "policy_digest": policy.digest, "files": files})
    else:
        screen = console()
        for file in files:
            screen.print(f"Written to {file}", markup=False)
        show_certificate(screen, made)
    if not made.holds:
        raise typer.Exit(FAILED)


def _write(out: Path, made: Certificate, policy: Policy) -> list[str]:
    """The document and its picture, each written beside its place and renamed there."""
    from ind_risk.adapters.home import write_text, written_beside
    from ind_risk.dossier.certificate import PICTURE, certificate_document
    from ind_risk.dossier.plots.certificate import certificate_plot

    plot = certificate_plot(made)
    with written_beside(out / PICTURE) as draft:
        draft.write_bytes(plot.png)
    text = certificate_document(made, policy=policy, versions=_versions(), alt=plot.alt)
    write_text(out / "certificate.md", text)
    return [str(out / "certificate.md"), str(out / PICTURE)]


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    named = {"ind_risk": "ind-risk", "numpy": "numpy", "scipy": "scipy", "pandas": "pandas"}
    return {
        **{name: version(package) for name, package in named.items()},
        "Python": platform.python_version(),
    }
