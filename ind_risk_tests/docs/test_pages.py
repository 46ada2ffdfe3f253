"""Every command of the tutorial and the how-to pages is run, in order, and does what they say."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest
import typer.main

from docs.from_code.commands import commands_of
from ind_risk.cli import app
from ind_risk.core.features.register import load_register
from ind_risk.core.worlds import make_world
from ind_risk_tests.docs.console import PROGRAM, Shell, Typed, typed_in, words
from ind_risk_tests.postgres_landing import fill_landing
from ind_risk_tests.postgres_server import postgres_programs, postgres_server

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
INDEX = (DOCS / "howto" / "index.md").read_text(encoding="utf-8")
# In the order in which the pages stand, for later ones use the files of earlier ones.
PAGES = ["tutorial", *(f"howto/{p}" for p in re.findall(r"^([a-z-]+)$", INDEX, re.MULTILINE))]
ONE, TWO = "ind_risk_features", "ind_risk_protected"
ADDRESS = "postgresql://{}@db/risk?schema=landing"
NOT_RUN = {
    "make env": "the environment that the tests run in was made by it",
    ". .venv/bin/activate": "as above",
    "ind-risk ui": "a server, which ends when it is told to; test_screens and test_proxy start it",
    f"ind-risk run --data '{ADDRESS.format('postgres')}' --policy policy.toml --home service":
        "a lifecycle, which test_protected_roles runs from such an address",
    f"ind-risk run --data '{ADDRESS.format(ONE)}' --policy policy.toml --home service":
        "a lifecycle, which test_protected_roles runs with two such addresses",
}  # fmt: skip


def typed(page: str) -> list[Typed]:
    return list(typed_in((DOCS / f"{page}.md").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A folder like a checkout, beside a PostgreSQL that holds the landing tables."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(
        ROOT / "ind_risk", folder / "ind_risk", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(DOCS / "postgresql", folder / "docs" / "postgresql")
    programs = postgres_programs()
    assert programs is not None, "No PostgreSQL here: install Debian's package postgresql."
    with postgres_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE risk")
        risk = server.url().removesuffix("/postgres") + "/risk"
        with psycopg.connect(risk, autocommit=True) as connection:
            fill_landing(connection, make_world("audited", sponsors=1000, seed=5).tables)
        with (folder / "docs" / "postgresql" / "roles.sql").open("a") as roles:
            for role in (ONE, TWO):  # psql's \\password asks for it
                roles.write(f"ALTER ROLE {role} PASSWORD '{server.password}';\n")
        secrets = folder / "passwords"
        secrets.write_text(f"127.0.0.1:{server.port}:*:*:{server.password}\n")
        secrets.chmod(0o600)
        reader = Shell(folder, instead={"@db/": f"@127.0.0.1:{server.port}/"})
        reader.env = {
            "PATH": f"{programs}:/usr/bin:/bin", "PGPASSFILE": str(secrets), "PGUSER": "postgres",
            "PGHOST": "127.0.0.1", "PGPORT": str(server.port),
        }  # fmt: skip
        yield reader


@pytest.fixture(scope="module")
def done(shell: Shell) -> dict[str, list[tuple[Typed, CompletedProcess[str]]]]:
    """What came of every command that is run, by page."""
    return {
        page: [(one, shell.run(one.text)) for one in typed(page) if one.text not in NOT_RUN]
        for page in PAGES
    }


@pytest.mark.parametrize("page", PAGES)
def test_commands_do_what_the_page_says(
    done: dict[str, list[tuple[Typed, CompletedProcess[str]]]], page: str
) -> None:
    for one, came in done[page]:
        said = words(came.stdout + came.stderr)
        assert came.returncode == one.status, f"{one.text}\n{came.stderr[-2000:]}"
        assert "Traceback" not in said, one.text
        for line in one.says:
            assert words(line) in said, f"{one.text}\n{said[-2000:]}"


def test_what_is_not_run_is_on_a_page_and_parsed() -> None:
    everything = {one.text for page in PAGES for one in typed(page)}
    assert set(NOT_RUN) <= everything
    assert len(everything) >= 50
    tree: Any = typer.main.get_command(app)
    known = dict(commands_of(tree, PROGRAM))
    for text in (t for t in NOT_RUN if t.startswith(PROGRAM)):
        program, name, *arguments = shlex.split(text)
        command = known[f"{program} {name}"]
        assert command.make_context(name, arguments).params.keys() >= {"home"}


def test_commands_in_sentences_exist() -> None:
    tree: Any = typer.main.get_command(app)
    known = dict(commands_of(tree, PROGRAM))
    for file in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        text = file.read_text(encoding="utf-8")
        named = re.findall(rf"(?:`|^(?:\$ )?){PROGRAM} ([^`\n#]+)", text, re.MULTILINE)
        for arguments in (n.split() for n in named):
            pair = f"{PROGRAM} {' '.join(arguments[:2])}"
            command = known.get(pair, known.get(f"{PROGRAM} {arguments[0]}"))
            if arguments[0].startswith("--") or pair == f"{PROGRAM} sample":
                continue
            assert command is not None, f"{file}: {arguments}"
            there = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
            options = {a for a in arguments if re.fullmatch(r"--[a-z-]+", a)}
            assert options <= there, f"{file}: {arguments}"


def test_the_register_with_the_entries_of_the_page() -> None:
    added = [
        one.text.partition("\n")[2].removesuffix("END")
        for one in typed("howto/own-features") if one.text.startswith("cat >>")
    ]  # fmt: skip
    shipped = (ROOT / "ind_risk" / "features.toml").read_text(encoding="utf-8")
    register = load_register("".join([shipped, *added]), source="features.toml")
    assert register.names[-2:] == ("signals_24m", "annual_reports_late")
    assert register.extra_sponsor_columns == ("annual_reports_late",)
