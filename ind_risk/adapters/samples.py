"""Audit samples of a home: as drawn, held to what the ledger has of them, and what came back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.home import PRIVATE_FILE, private_folder, write_text, written_beside
from ind_risk.core.errors import IntegrityError, NotFound
from ind_risk.core.purging import purged_samples
from ind_risk.core.sampling.outcomes import as_inspections
from ind_risk.core.sampling.phases import joint_chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from ind_risk.adapters.home import Home
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.core.ledger import Entry

AUDIT_FILE = "audit.json"
NAMES = ["sponsor_id", "legal_name"]
DRAWN, CHANCES, RETURNED = "drawn.json", "chances.json", "returned.json"


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What audit samples say of the landing tables at hand.

    Args:
        until: last day on which outcomes of a sample of the cut-off's frame came back; None if
            there are none.
        calibrating: sponsors whose outcomes set the level of the scores and judge nothing.
        samples: names of the samples whose outcomes are among the inspections.
        absent: sponsors drawn to judge that are not among those recognised on the cut-off, as the
            tables have it now; they count as not answered.
    """

    until: date | None = None
    calibrating: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    absent: int = 0

    def to_json(self) -> str:
        """As kept beside the landing tables."""
        until = None if self.until is None else self.until.isoformat()
        return json.dumps(
            {"until": until, "calibrating": self.calibrating, "samples": self.samples,
             "absent": self.absent}
        )  # fmt: skip


def audit_of(home: Home) -> Audit:
    """What was written beside the landing tables.

    Raises:
        IntegrityError: if it cannot be read.
    """
    file = home.landing / AUDIT_FILE
    if not file.exists():
        return Audit()
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        until = None if raw["until"] is None else date.fromisoformat(raw["until"])
        return Audit(
            until=until, calibrating=tuple(raw["calibrating"]), samples=tuple(raw["samples"]),
            absent=int(raw.get("absent", 0)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"{file} is damaged: {error}. Run `ind-risk run` again.") from error


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample as the ledger has it.

    Args:
        name: "A1", "A2" …
        as_of: day of the frame.
        until: last day on which a case may be opened and count.
        drawn: case, sponsor_id, route, inclusion_probability.
        chances: of every sponsor of the frame, to be drawn to judge in this sample if not drawn
            before (index sponsor_id).
        first_phase: whether another phase is to follow before anybody judges.
        entry: its entry in the ledger.
    """

    name: str
    as_of: date
    until: date
    drawn: pd.DataFrame
    chances: pd.Series[float]
    first_phase: bool
    entry: Entry

    def near(self, day: date) -> bool:
        """Whether cases of this sample can be opened in the window before a day or after it."""
        window = self.until - self.as_of
        return self.as_of < day + window and day < self.until + window


class SampleStore:
    """Samples of one home; what is read must be what the ledger recorded."""

    def __init__(self, home: Home, ledger: LedgerFile) -> None:
        self._root, self._ledger = home.samples, ledger

    def names(self) -> list[str]:
        """Names of all samples, oldest first."""
        return [str(e.body["name"]) for e in self._ledger.read() if e.kind == "sample"]

    def next_name(self) -> str:
        """What the sample that is drawn next will be called."""
        return f"A{len(self.names()) + 1}"

    def there(self) -> list[str]:
        """Names of the samples whose rows were not purged, oldest first.

        A day's samples are purged together, so none of it is left to judge alone.
        """
        gone = purged_samples(self._ledger.read())
        return [name for name in self.names() if name not in gone]

    def days(self) -> list[tuple[str, date, date]]:
        """Name, day of the frame and last day that counts of every sample, purged or not."""
        found = [e.body for e in self._ledger.read() if e.kind == "sample"]
        return [
            (
                str(b["name"]),
                date.fromisoformat(str(b["as_of"])),
                date.fromisoformat(str(b["until"])),
            )
            for b in found
        ]

    def purged_of(self, as_of: date) -> list[str]:
        """Names of the samples of a day's frame whose rows were purged, oldest first."""
        entries = self._ledger.read()
        gone = purged_samples(entries)
        return [
            str(e.body["name"]) for e in entries
            if e.kind == "sample" and e.body["name"] in gone
            and str(e.body["as_of"]) == as_of.isoformat()
        ]  # fmt: skip

    def add(self, drawn: pd.DataFrame, chances: pd.Series[float], facts: dict[str, Any]) -> str:
        """Keep a drawn sample and enter it in the ledger before anybody can see it.

        Args:
            drawn, chances: as in `Sample`.
            facts: what the ledger's entry says besides.

        Returns:
            Its name.
        """
        name = self.next_name()
        content = str(drawn.to_json(orient="records", double_precision=15))
        every = str(chances.to_json(double_precision=15))
        # Who is of which group's majority stands in the strata: nobody else may read them.
        private_folder(self._root)
        write_text(self._root / name / DRAWN, content, private=True)
        write_text(self._root / name / CHANCES, every, private=True)
        digests = {"rows_digest": _sha(content), "chances_digest": _sha(every)}
        self._ledger.append("sample", {**facts, "name": name, **digests})
        return name

    def read(self, name: str) -> Sample:
        """A sample, held to the ledger.

        Raises:
            NotFound: if there is none of that name.
            IntegrityError: if its rows are not the ones that were recorded.
        """
        entries = [e for e in self._ledger.read() if e.kind == "sample" and e.body["name"] == name]
        if not entries:
            known = ", ".join(self.names()) or "none"
            raise NotFound(
                f"There is no sample {name!r} in this home; there is {known}. Draw one with "
                "`ind-risk sample draw`."
            )
        if name in purged_samples(self._ledger.read()):
            raise NotFound(f"The rows of sample {name} were purged; only its digest is left.")
        (entry,) = entries
        import pandas as pd

        drawn = _frame(_held(self._root / name / DRAWN, str(entry.body["rows_digest"])))
        every = _held(self._root / name / CHANCES, str(entry.body["chances_digest"]))
        return Sample(
            name=name, drawn=drawn, entry=entry,
            chances=pd.Series(json.loads(every), dtype=float),
            first_phase=entry.body.get("first_phase") is not None,
            as_of=date.fromisoformat(str(entry.body["as_of"])),
            until=date.fromisoformat(str(entry.body["until"])),
        )  # fmt: skip

    def returned(self, name: str) -> pd.DataFrame | None:
        """What came back of a sample so far; None if nothing did.

        Raises:
            IntegrityError: if it is not what was recorded last.
        """
        entries = [
            e for e in self._ledger.read() if e.kind == "outcomes" and e.body["sample"] == name
        ]
        if not entries:
            return None
        frame = _frame(_held(self._root / name / RETURNED, str(entries[-1].body["rows_digest"])))
        for column in ("opened_on", "closed_on"):
            frame[column] = _days(frame[column])
        frame["breaches"] = frame["breaches"].astype("Int64")
        return frame

    def take_in(self, name: str, rows: pd.DataFrame, facts: dict[str, Any]) -> None:
        """Keep what came back; the ledger has its digest before the old file is replaced."""
        shown = rows.assign(
            opened_on=rows["opened_on"].dt.strftime("%Y-%m-%d"),
            closed_on=rows["closed_on"].dt.strftime("%Y-%m-%d"),
        )
        content = str(shown.to_json(orient="records", double_precision=15))
        with written_beside(self._root / name / RETURNED) as draft:
            draft.write_text(content, encoding="utf-8")
            draft.chmod(PRIVATE_FILE)
            self._ledger.append("outcomes", {**facts, "sample": name, "rows_digest": _sha(content)})


def with_samples(
    home: Home, ledger: LedgerFile, tables: dict[str, pa.Table], *, as_of: date, synthetic: bool
) -> tuple[dict[str, pa.Table], Audit]:
    """The landing tables with the outcomes of all samples among the inspections.

    Samples of one day judge together, by the chance to be in any of them, whether or not anything
    came back of each; see `_that_count`. A drawn sponsor that is not in the tables any more stays
    drawn, and counts as not answered: taking bad ones out of the register does not help.

    Args:
        home, ledger: of the samples.
        tables: as taken in.
        as_of: cut-off; a sample of its frame with outcomes is the one that judges.
        synthetic: whether the tables are a synthetic world.

    Raises:
        IntegrityError: if a sample or its outcomes are not what was recorded.
    """
    import pandas as pd

    store = SampleStore(home, ledger)
    if not store.there():
        return tables, Audit()
    until: list[date] = []
    calibrating: list[str] = []
    names = dict(zip(*tables["sponsors"].select(NAMES).to_pydict().values(), strict=True))
    there, came = set(names), _that_count(store, names, synthetic=synthetic)
    parts = [
        as_inspections(
            _judging_together(sample, [s for s, _ in came]), rows, sample=sample.name,
            since=sample.as_of, until=sample.until,
        )
        for sample, rows in came
    ]  # fmt: skip
    parts = [part[part["sponsor_id"].isin(there)] for part in parts]
    judging: set[str] = set()
    for sample, rows in came:
        if rows is not None and sample.as_of == as_of:
            until += [d.date() for d in pd.to_datetime(rows["closed_on"]).dropna()]
        if sample.near(as_of):
            by_route = sample.drawn.groupby("route")["sponsor_id"].agg(set)
            calibrating += sorted(by_route.get("calibrating", set()))
            judging |= by_route.get("random", set())
    if not parts:
        return tables, Audit()
    merged = {**tables, "inspections": _appended(tables["inspections"], pd.concat(parts))}
    audit = Audit(
        until=max(until, default=None), calibrating=tuple(calibrating),
        samples=tuple(sample.name for sample, _ in came),
        absent=len(judging - _recognised(tables["sponsors"], as_of)),
    )  # fmt: skip
    return merged, audit


def _recognised(sponsors: pa.Table, day: date) -> set[str]:
    """Who was recognised on a day, by the tables at hand."""
    import pandas as pd

    rows = sponsors.select(["sponsor_id", "recognised_on", "recognition_ended_on"]).to_pandas()
    began, ended = (pd.to_datetime(rows[c]) for c in ("recognised_on", "recognition_ended_on"))
    at = pd.Timestamp(day)
    return set(rows.loc[(began <= at) & (ended.isna() | (ended > at)), "sponsor_id"])


def names_digest(sponsor_ids: Iterable[str], names: Mapping[str, str]) -> str:
    """SHA-256, hex, over keys and legal names of sponsors, whatever their order.

    >>> names = {"a": "A", "b": "B"}
    >>> names_digest(["b", "a"], names) == names_digest(["a", "b"], names)
    True
    """
    return _sha(json.dumps(sorted([key, names[key]] for key in sponsor_ids)))


def of_these(sample: Sample, names: Mapping[str, str], *, synthetic: bool) -> bool:
    """Whether a sample is of the sponsors at hand, or of another synthetic world's.

    Worlds share keys of sponsors, and two of different seeds give them different names. A home
    holds one real register: there every sample counts, whoever is missing from the tables.
    """
    if not synthetic:
        return True
    drawn, recorded = set(sample.drawn["sponsor_id"]), sample.entry.body.get("names_digest")
    return drawn <= set(names) and recorded in (None, names_digest(drawn, names))


def _that_count(
    store: SampleStore, names: Mapping[str, str], *, synthetic: bool
) -> list[tuple[Sample, pd.DataFrame | None]]:
    """Samples of these sponsors with what came back: all of a day with any outcome on record.

    One of which nothing came back counts too, as not answered: else who has two sheets filled in
    could hand in the one that pleases.
    """
    samples = [store.read(name) for name in store.there()]
    found = [
        (sample, store.returned(sample.name))
        for sample in samples
        if of_these(sample, names, synthetic=synthetic)
    ]
    days = {sample.as_of for sample, rows in found if rows is not None}
    return [(sample, rows) for sample, rows in found if sample.as_of in days]


def _judging_together(sample: Sample, others: Sequence[Sample]) -> pd.DataFrame:
    """What was drawn, with the chance to be in any sample of that day."""
    drawn = sample.drawn.copy()
    judges = drawn["route"] == "random"
    joint = joint_chance([s.chances for s in others if s.as_of == sample.as_of])
    drawn.loc[judges, "inclusion_probability"] = drawn.loc[judges, "sponsor_id"].map(joint)
    return drawn


def without_samples(
    home: Home, ledger: LedgerFile, tables: Mapping[str, pa.Table]
) -> dict[str, pa.Table]:
    """The landing tables without the inspections of samples that the ledger has.

    Raises:
        IntegrityError: if a sample is not what was recorded.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    store = SampleStore(home, ledger)
    names = audit_of(home).samples
    ids = [f"{name}-{case}" for name in names for case in store.read(name).drawn["case"]]
    theirs = pc.is_in(tables["inspections"]["inspection_id"], pa.array(ids, pa.string()))
    return {**tables, "inspections": tables["inspections"].filter(pc.invert(theirs))}


def _appended(table: pa.Table, rows: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    more = pa.Table.from_pandas(rows, schema=table.schema, preserve_index=False)
    return pa.concat_tables([table, more]).combine_chunks()


def _frame(content: bytes) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(json.loads(content))


def _days(column: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    return pd.to_datetime(column)


def _held(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IntegrityError(
            f"{path} is gone, though the ledger has it ({error}). Put it back from a copy."
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise IntegrityError(
            f"{path} is not what the ledger recorded: it was edited. Put it back from a copy."
        )
    return content


def _sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
