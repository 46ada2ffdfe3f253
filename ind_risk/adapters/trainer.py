"""Training from what a home holds: by the lifecycle, and once more by a clean process.

    python -m ind_risk.adapters.trainer HOME OUT.json

The second training shares nothing with the first but the tables: if it gives another digest, the
model rests on something that nobody has on record.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.clean_process import CleanProcess, JobFailed
from ind_risk.adapters.feature_file import shipped_register
from ind_risk.adapters.home import Home
from ind_risk.adapters.samples import audit_of
from ind_risk.adapters.settings import home_policy
from ind_risk.adapters.table_store import TableStore
from ind_risk.core.dates import first_known_date, run_dates

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from ind_risk.core.dates import RunDates
    from ind_risk.core.features.register import FeatureRegister
    from ind_risk.core.policy import Policy
    from ind_risk.core.training.train import TrainedCandidate

SOURCES = ("sponsors", "permits", "inspections", "interventions", "signals")
SAMPLE_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """What training sees.

    Args:
        features: every as-of date.
        labels: as the home has them.
        labelled: the rows that may train.
        dates: of the run.
        policy, register, seed: of the run.
    """

    features: pd.DataFrame
    labels: pd.DataFrame
    labelled: pd.DataFrame
    dates: RunDates
    policy: Policy
    register: FeatureRegister
    seed: int

    @property
    def past(self) -> pd.DataFrame:
        """Features of the training dates."""
        import pandas as pd

        days = [pd.Timestamp(d) for d in self.dates.training]
        return self.features[self.features["as_of"].isin(days)]

    def at(self, day: date) -> pd.DataFrame:
        """Features of one as-of date, in order of sponsor_id."""
        import pandas as pd

        rows = self.features[self.features["as_of"] == pd.Timestamp(day)]
        return rows.sort_values("sponsor_id", ignore_index=True)


def dates_for(
    tables: Mapping[str, pa.Table],
    as_of: str,
    policy: Policy,
    *,
    audited_until: date | None = None,
) -> RunDates:
    """The as-of dates that a cut-off and a policy give for these tables."""
    return run_dates(
        as_of=date.fromisoformat(as_of),
        first_known=first_known_date(tables),
        horizon_months=policy.time.horizon_months,
        step_months=policy.time.as_of_step_months,
        training_dates=policy.time.training_dates,
        audited_until=audited_until,
    )


def training_data(home: Home) -> TrainingData:
    """Read what a home has accepted and derived.

    Raises:
        NotFound: if features or labels were not made yet.
    """
    import pandas as pd

    from ind_risk.core.label_strategy import training_rows

    tables = TableStore(home)
    facts = tables.landing_facts()
    policy = home_policy(home, synthetic=facts.synthetic)
    dates = dates_for(
        tables.landing(SOURCES), facts.as_of, policy, audited_until=audit_of(home).until
    )
    labels = tables.read("labels")
    past = labels[labels["as_of"].isin([pd.Timestamp(d) for d in dates.training])]
    rule = policy.labels
    return TrainingData(
        features=tables.read("features"), labels=labels, dates=dates, policy=policy,
        labelled=training_rows(
            past, strategy=rule.strategy, train_on_random_arm=rule.train_on_random_arm
        ),
        register=shipped_register(), seed=facts.seed,
    )  # fmt: skip


def train_candidate(home: Home, data: TrainingData) -> TrainedCandidate:
    """Train the candidate, by the sample's calibrating part too if there is one."""
    from ind_risk.core.training.train import train

    return train(
        features=data.past,
        labelled=data.labelled,
        specs=data.register.features,
        policy=data.policy,
        seed=data.seed,
        calibrating=_calibrating(home, data),
    )


def sample_to_score(data: TrainingData) -> pd.DataFrame:
    """The first sponsors of the cut-off, by which two models are compared."""
    return data.at(data.dates.as_of).head(SAMPLE_ROWS)[list(data.register.names)]


def _calibrating(home: Home, data: TrainingData) -> pd.DataFrame | None:
    """Features and outcome of the part of an audit sample that sets the level of the scores."""
    import pandas as pd

    from ind_risk.core.labels import OBSERVED

    theirs = list(audit_of(home).calibrating)
    if not theirs:
        return None
    labels = data.labels
    seen = labels[
        labels["sponsor_id"].isin(theirs)
        & (labels["as_of"] == pd.Timestamp(data.dates.judge_as_of))
        & labels["label"].isin(OBSERVED)
    ]
    seen = seen.assign(y=(seen["label"] == "non_compliant").astype("int64"))
    return data.features.merge(seen[["sponsor_id", "as_of", "y"]], on=["sponsor_id", "as_of"])


@dataclass(frozen=True)
class Again:
    """What a second training gave.

    Args:
        digest: of the model file; "" if it gave none.
        scores: P(non-compliant) of `sample_to_score`, empty if it gave none.
        said: why it gave none.
    """

    digest: str
    scores: tuple[float, ...]
    said: str = ""


class TrainingAgain:
    """A second training under way in a clean process; `finish` waits for it and ends it."""

    def __init__(self, home: Home, process: CleanProcess | None = None) -> None:
        """Begin.

        Args:
            home: whose tables it reads.
            process: that does it after the jobs begun before; a new one if None.
        """
        self._process = process or CleanProcess()
        self._scratch = TemporaryDirectory(prefix="ind-risk-again-")
        self._out = Path(self._scratch.name) / "again.json"
        self._process.begin("train_again", [str(home.root), str(self._out)])

    def finish(self, timeout: float) -> Again:
        """Wait at most `timeout` seconds; a crash or a timeout gives no digest."""
        try:
            self._process.end(timeout)
            told = json.loads(self._out.read_text(encoding="utf-8"))
            return Again(str(told["digest"]), tuple(float(s) for s in told["scores"]))
        except TimeoutError:
            return Again("", (), f"The second training took longer than {timeout:g} seconds.")
        except JobFailed as why:
            return Again("", (), f"The second training failed: {why}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Again("", (), f"The second training gave no usable answer: {error}")
        finally:
            self.close()

    def close(self) -> None:
        """End it, whatever it was doing."""
        self._process.close()
        with suppress(OSError):
            self._scratch.cleanup()


def main(arguments: list[str]) -> int:
    """The child: train, save, say digest and scores."""
    from ind_risk.adapters.model_file import save_model

    root, out = (Path(a) for a in arguments)
    home = Home(root)
    data = training_data(home)
    made = train_candidate(home, data)
    with TemporaryDirectory() as scratch:
        digest = save_model(Path(scratch) / "model", made, data.policy.capacity)
    told: dict[str, Any] = {
        "digest": digest, "scores": made.predict_proba(sample_to_score(data))[:, 1].tolist(),
    }  # fmt: skip
    out.write_text(json.dumps(told), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
