"""Rebuild a version's model and evidence from the trail, in a scratch home, and compare digests.

What a release rests on must be possible to make again from what is on record: tables, policy,
seed and code. Nothing of the home is changed.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.code_version import code_version
from ind_risk.adapters.home import Home
from ind_risk.adapters.manifest import digest_of_file, known_files
from ind_risk.adapters.settings import (
    POLICY_FILE,
    SETTINGS_FILE,
    WORLD_PREFIX,
    RunSettings,
    load_settings,
    policy_in_force,
)
from ind_risk.core.errors import IndRiskError, IntegrityError, NotFound
from ind_risk.core.evidence_digest import findings_digest
from ind_risk.core.ledger import encode
from ind_risk.defs import groups
from ind_risk.defs.jobs import LIFECYCLE_GROUPS
from ind_risk.session import instance_of, run_job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ind_risk.core.ledger import Entry
    from ind_risk.defs.resources import Platform

_LANDING = "landing"


@dataclass(frozen=True)
class Compared:
    """One thing that was made again.

    Args:
        what: it is.
        recorded, rebuilt: digests, hex; empty if there is none.
    """

    what: str
    recorded: str
    rebuilt: str

    @property
    def same(self) -> bool:
        """Whether both are there and equal."""
        return bool(self.recorded) and self.recorded == self.rebuilt

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return {**asdict(self), "same": self.same}


def replay_version(home: Home, version: str, *, source: str | None = None) -> list[Compared]:
    """Make a version again and compare what it came to with what is on record.

    The tables are those of the home, where they are still the version's; else the world is made
    again from its seed, or `source` is taken in once more.

    Args:
        home: whose trail.
        version: of the registered model.
        source: folder or address of the tables, where the home no longer holds them.

    Returns:
        Code, tables, policy, model, and the findings of each check.

    Raises:
        NotFound: if the version has no evidence on record, or its tables are nowhere.
        IntegrityError: if what is on record was altered.
    """
    from ind_risk.defs.resources import Platform

    platform = Platform(path=str(home.root))
    recorded = _Recorded(platform, platform.ledger.read(), version)
    with TemporaryDirectory(prefix="ind-risk-replay-") as scratch:
        again = Home(Path(scratch) / "home")
        again.root.mkdir()
        kept = source is None and _still_there(platform, recorded)
        entries = recorded.before(landed=kept)
        again.ledger.write_bytes(b"".join(encode(e) + b"\n" for e in entries))
        if kept:
            _copy_landing(platform, recorded, again)
            _run(
                again, stages=tuple(g for g in LIFECYCLE_GROUPS if g != groups.LANDING), landing={}
            )
        else:
            _copy_samples(home, again)
            _run(again, stages=LIFECYCLE_GROUPS, landing=recorded.request(source))
        return recorded.compared(Platform(path=str(again.root)))


class _Recorded:
    """What the trail has of a version."""

    def __init__(self, platform: Platform, entries: tuple[Entry, ...], version: str) -> None:
        found = [e for e in entries if e.kind == "evidence" and e.body["model_version"] == version]
        if not found:
            known = sorted({str(e.body["model_version"]) for e in entries if e.kind == "evidence"})
            raise NotFound(
                f"There is no evidence on a model version {version!r} in {platform.home.root}; "
                f"there is on {', '.join(known) or 'none'}."
            )
        self._platform, self._entries, self._evidence = platform, entries, found[-1]
        landed = [
            e for e in entries
            if e.kind == "data" and e.seq < self._evidence.seq
            and e.body["data_digest"] == self.body["data_digest"]
        ]  # fmt: skip
        if not landed:
            raise IntegrityError(f"The tables of version {version} were never taken in.")
        self.data = landed[-1]
        self._files = known_files(entries)
        run_id = platform.models.version_info(version).run_id
        found_in = list(platform.home.mlflow_artifacts.glob(f"{run_id}/artifacts/{POLICY_FILE}"))
        if not found_in:
            raise NotFound(f"The files of version {version} are gone from {platform.home.root}.")
        self._folder: Path = found_in[0].parent

    @property
    def body(self) -> Mapping[str, Any]:
        """Of the evidence's entry."""
        return self._evidence.body

    def before(self, *, landed: bool) -> list[Entry]:
        """The ledger as it was when nothing was trained yet.

        Args:
            landed: whether with what was entered when the tables were taken in.
        """
        if not landed:
            return [e for e in self._entries if e.seq < self.data.seq]
        kept = [e for e in self._entries if e.seq <= self.data.seq]
        for entry in self._entries[len(kept) :]:
            if entry.kind not in ("policy", "people"):
                break
            kept.append(entry)
        return kept

    def _text(self, name: str) -> str:
        """A file of the version's run, held to the ledger."""
        path = self._folder / name
        key = path.relative_to(self._platform.home.root).as_posix()
        if not path.is_file() or self._files.get(key) != digest_of_file(path):
            raise IntegrityError(f"{path} is gone or not the file that was recorded.")
        return path.read_text(encoding="utf-8")

    def policy(self) -> tuple[str, bool]:
        """The text of the policy that judged, and whether it was the user's own."""
        text, wanted = self._text(POLICY_FILE), self.body["policy_digest"]
        for own in (True, False):
            policy = policy_in_force(text, own=own, synthetic=bool(self.data.body["synthetic"]))
            if policy.digest == wanted:
                return text, own
        raise IntegrityError(f"The policy on record is not the one that judged: {wanted[:12]}.")

    def request(self, source: str | None) -> dict[str, Any]:
        """What to take in again, as the landing's configuration."""
        body = self.data.body
        asked = body.get("request") or {}
        if source is None:
            if not asked.get("world"):
                raise NotFound(
                    f"The tables of this version ({body['source']}, digest "
                    f"{body['data_digest'][:12]}) are not in the home any more. Give them with "
                    "--data."
                )
            source = WORLD_PREFIX + asked["world"]
        text, own = self.policy()
        return {
            "source": source, "seed": int(asked.get("seed", 0)),
            "sponsors": int(asked.get("sponsors") or 0), "as_of": str(body["as_of"]),
            "own_policy": text if own else "",
        }  # fmt: skip

    def compared(self, again: Platform) -> list[Compared]:
        """What is on record beside what was made again."""
        made, body = again.candidate(), self.body
        found = [
            Compared("code", str(body["code_version"]), code_version()),
            Compared("tables", str(body["data_digest"]), made.data_digest),
            Compared("policy", str(body["policy_digest"]), made.policy_digest),
            Compared("model", str(body["model_digest"]), made.model_digest),
        ]
        there = {p.stem for p in (again.home.tables / "evidence").glob("*.json")}
        asked = {c.check for c in again.policy.required_checks}
        recorded = {p.stem for p in (self._folder / "evidence").glob("*.json")}
        for check in sorted(asked | recorded | there):
            kept = json.loads(self._text(f"evidence/{check}.json")) if check in recorded else None
            made_now = again.tables.read_json(f"evidence/{check}") if check in there else None
            found.append(
                Compared(
                    f"findings of {check}",
                    "" if kept is None else findings_digest(kept),
                    "" if made_now is None else findings_digest(made_now["findings"]),
                )
            )
        return found


def _still_there(platform: Platform, recorded: _Recorded) -> bool:
    from ind_risk.core.digests import data_digest

    if not platform.tables.landed():
        return False
    wanted = recorded.data.body["data_digest"]
    facts = platform.tables.landing_facts()
    return bool(facts.data_digest == wanted == data_digest(platform.tables.landing()))


def _copy_landing(platform: Platform, recorded: _Recorded, again: Home) -> None:
    """The accepted tables, with the policy that judged then."""
    shutil.copytree(platform.home.landing, again.landing)
    _copy_samples(platform.home, again)
    text, own = recorded.policy()
    (again.landing / POLICY_FILE).write_text(text, encoding="utf-8")
    settings: RunSettings = replace(load_settings(platform.home), own_policy=own)
    (again.landing / SETTINGS_FILE).write_text(settings.to_json(), encoding="utf-8")


def _copy_samples(home: Home, again: Home) -> None:
    for name in ("samples", "issued"):
        if (home.root / name).is_dir():
            shutil.copytree(home.root / name, again.root / name)


def _run(again: Home, *, stages: tuple[str, ...], landing: Mapping[str, Any]) -> None:
    """The assets of these stages in the scratch home."""
    import dagster as dg

    from ind_risk.definitions import definitions

    defs = definitions(str(again.root))
    graph = defs.resolve_asset_graph()
    keys = [
        key for key in graph.executable_asset_keys if graph.get(key).group_name in stages
    ]  # fmt: skip
    config = {"ops": {_LANDING: {"config": dict(landing)}}} if groups.LANDING in stages else {}
    try:
        with _own_dagster(), instance_of(again) as instance:
            run_job(instance, defs, "lifecycle", config=config, assets=keys)
    except dg.DagsterError as error:
        raise IndRiskError(f"It cannot be made again: {error}") from error


@contextmanager
def _own_dagster() -> Iterator[None]:
    """DAGSTER_HOME as it was, afterwards."""
    import os

    before = os.environ.get("DAGSTER_HOME")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("DAGSTER_HOME", None)
        else:
            os.environ["DAGSTER_HOME"] = before
