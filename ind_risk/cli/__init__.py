"""The `ind-risk` command: thin, quick to start, one exit status a kind of ending."""

from __future__ import annotations

import atexit
import gc
import sys
import warnings

import typer

from ind_risk.adapters.disk_trouble import trouble
from ind_risk.adapters.mlflow_home import silence_mlflow
from ind_risk.cli import certify, data, dossier, export, lifecycle, people, sample, trail, use
from ind_risk.cli.application import FAILED, REFUSED, USAGE, app
from ind_risk.core.errors import IndRiskError, InputRefused, PolicyError, UnusableFile

__all__ = [
    "FAILED",
    "REFUSED",
    "USAGE",
    "app",
    "certify",
    "data",
    "dossier",
    "export",
    "lifecycle",
    "main",
    "people",
    "sample",
    "trail",
    "use",
]
# Importing makes a million objects that all stay; looking for garbage among them costs a tenth.
RARE_COLLECTION = (200_000, 20, 100)


def main() -> None:
    """Entry point: every error of a user's becomes a message and an exit status."""
    gc.set_threshold(*RARE_COLLECTION)
    silence_mlflow()  # before anything imports it
    # scikit-learn says so where its helpers run on joblib's threads; its settings are as they were.
    warnings.filterwarnings("ignore", message="`sklearn.utils.parallel.delayed` should be used")
    atexit.register(gc.freeze)  # the process ends: nothing of it need be looked through once more
    try:
        app()
    except InputRefused as refused:
        typer.echo("The input was refused; nothing of it was kept.", err=True)
        for problem in refused.problems[:20]:
            typer.echo(f"  - {problem}", err=True)
        if len(refused.problems) > 20:
            typer.echo(f"  … and {len(refused.problems) - 20} more problems.", err=True)
        sys.exit(REFUSED)
    except UnusableFile as error:
        typer.echo(str(error), err=True)
        sys.exit(REFUSED)
    except PolicyError as error:
        typer.echo(str(error), err=True)
        sys.exit(USAGE)
    except OSError as error:  # a path that is no folder, no rights, no room
        named = f"{error.filename}: " if error.filename else ""
        typer.echo(
            f"{named}{error.strerror or error}. Check the path, its rights and its room.", err=True
        )
        sys.exit(FAILED)
    except IndRiskError as error:
        typer.echo(str(error), err=True)
        sys.exit(FAILED)
    except Exception as error:
        if (said := trouble(error)) is None:
            raise  # ours to mend: nobody is helped by hiding it
        typer.echo(
            f"{said} The home, or the folder for temporary files, cannot be written or is at work. "
            "Give it room or rights, then try again; what was there before is there still.",
            err=True,
        )
        sys.exit(FAILED)
