"""What a home was last asked to do, and under which policy: shared by the CLI and the UI."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path

from ind_risk.adapters.home import Home
from ind_risk.core.errors import IndRiskError, PolicyError, UnusableFile
from ind_risk.core.policy import Policy, parse_policy

WORLD_PREFIX = "world:"
POLICY_FILE = "policy.toml"
SETTINGS_FILE = "settings.json"
DEMONSTRATION = "DEMONSTRATION POLICY (synthetic worlds only)"


@dataclass(frozen=True)
class RunSettings:
    """One request for a lifecycle.

    Args:
        source: folder, SQLAlchemy URL, or `world:NAME` for an embedded synthetic world.
        seed: of the world, the training and every resampling.
        sponsors: size of an embedded world; None for its default.
        as_of: ISO date of the cut-off; None for the latest known date in the tables.
        own_policy: whether the user gave a policy (else the shipped one applies).
        protected_apart: whether protected attributes were read with a credential of their own.
            Where from is not kept: it is told anew each time (`protected_source`).
    """

    source: str
    seed: int = 0
    sponsors: int | None = None
    as_of: str | None = None
    own_policy: bool = False
    protected_apart: bool = False

    @property
    def world(self) -> str | None:
        """Name of the embedded world, or None for other sources."""
        if self.source.startswith(WORLD_PREFIX):
            return self.source.removeprefix(WORLD_PREFIX)
        return None

    def to_json(self) -> str:
        """As kept beside the landing tables."""
        return json.dumps(asdict(self), indent=2) + "\n"


def load_settings(home: Home) -> RunSettings:
    """The request that the landing tables of this home came from.

    Raises:
        IndRiskError: if this home never accepted anything, or the file is broken.
    """
    file = home.landing / SETTINGS_FILE
    try:
        return RunSettings(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise IndRiskError(
            f"Nothing was ever taken in by {home.root}. Begin with `ind-risk run --world audited` "
            "or `ind-risk run --data DIR`."
        ) from None
    except (TypeError, ValueError) as error:
        raise IndRiskError(
            f"{file} cannot be read ({error}). Run `ind-risk run` again to write it anew."
        ) from None


def shipped_policy_text() -> str:
    """The text of the policy that comes with the package."""
    return (files("ind_risk") / POLICY_FILE).read_text(encoding="utf-8")


def read_policy_text(path: Path) -> str:
    """The text of a user's policy file.

    Raises:
        UnusableFile: if it is not there.
        PolicyError: if it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, FileNotFoundError):
            raise UnusableFile(
                f"There is no policy {path}. Name a TOML file; the shipped ind_risk/policy.toml is "
                "one to begin from."
            ) from None
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PolicyError(
            f"The policy {path} cannot be read: {said}. Name a TOML file; the shipped "
            "ind_risk/policy.toml is one to begin from."
        ) from None


def policy_in_force(text: str, *, own: bool, synthetic: bool) -> Policy:
    """The policy of a text, as it applies.

    A synthetic world without a policy of the user's own is judged by the demonstration policy: the
    shipped one without statements by people, which names itself so and never opens for real data.

    Raises:
        PolicyError: if the text is no policy, or lists a demonstration key for real data.
    """
    policy = parse_policy(text, source=POLICY_FILE)
    if not synthetic and policy.people.people:
        from ind_risk.adapters.demo_people import refuse_demo_keys

        refuse_demo_keys(policy)
    return demonstration(policy) if synthetic and not own else policy


def home_policy(home: Home, *, synthetic: bool) -> Policy:
    """The policy kept beside the landing tables of a home; the shipped one if there are none."""
    file = home.landing / POLICY_FILE
    text = file.read_text(encoding="utf-8") if file.exists() else shipped_policy_text()
    own = file.exists() and load_settings(home).own_policy
    return policy_in_force(text, own=own, synthetic=synthetic)


def demonstration(policy: Policy) -> Policy:
    """The same policy for synthetic worlds: no statements asked, and it says what it is."""
    return replace(policy, name=DEMONSTRATION, synthetic_only=True, required_statements=())
