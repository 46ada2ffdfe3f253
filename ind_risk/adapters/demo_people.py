"""Demonstration people: their private keys are known to everybody, and count for no real data.

They let somebody try what people do at the gate. Each key is derived from its owner's name in the
open, so that nobody can take one for a secret; a policy that lists one is refused wherever the
tables are not a synthetic world.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import IndRiskError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import Signer

    from ind_risk.core.policy import Policy

# Name and role; each names itself a demonstration wherever it is shown.
PEOPLE = (
    ("Demonstration approver 1 (no person)", "approver"),
    ("Demonstration approver 2 (no person)", "approver"),
    ("Demonstration assessor (no person)", "assessor"),
    ("Demonstration statistician (no person)", "statistician"),
    ("Demonstration ministry (no person)", "ministry"),
    ("Demonstration lawyer (no person)", "lawyer"),
)
POLICY_NAME = "DEMONSTRATION POLICY, keys that everybody has (synthetic worlds only)"
_SEED = "ind_risk demonstration key, known to everybody: "


def _private(name: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256((_SEED + name).encode()).digest())


def public_pem(name: str) -> str:
    """The public key of a demonstration person, PEM."""
    from cryptography.hazmat.primitives import serialization as to

    public = _private(name).public_key()
    shown = public.public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo)
    return str(shown.decode())


@cache
def _key_ids() -> dict[str, str]:
    """Owner of each demonstration key, by the key's id."""
    from ind_risk.adapters.signatures import public_key

    return {public_key(public_pem(name)).keyid: name for name, _ in PEOPLE}


def demo_policy_text(shipped: str) -> str:
    """The shipped policy, with people: it asks for the same statements, for synthetic worlds only.

    Args:
        shipped: text of the shipped policy.

    Raises:
        PolicyError: if the shipped text is not laid out as expected.
    """
    lines = shipped.splitlines()
    heads = {"name": f'name = "{POLICY_NAME}"', "synthetic_only": "synthetic_only = true"}
    for key, line in heads.items():
        at = [k for k, text in enumerate(lines) if text.startswith(f"{key} =")]
        if len(at) != 1:
            raise PolicyError(f"The shipped policy has {len(at)} lines that set {key}; expected 1.")
        lines[at[0]] = line
    people = [
        f'\n[[statements.people]]\nname = "{name}"\nroles = ["{role}"]\n'
        f"keys = ['''\n{public_pem(name)}''']"
        for name, role in PEOPLE
    ]
    return "\n".join([*lines, *people]) + "\n"


def refuse_demo_keys(policy: Policy) -> None:
    """Refuse a policy that lists a demonstration key, under whatever name.

    Raises:
        PolicyError: naming who is listed with it.
    """
    from ind_risk.adapters.signatures import public_key

    for person in policy.people.people:
        for pem in person.keys:
            if (owner := _key_ids().get(public_key(pem).keyid)) is not None:
                raise PolicyError(
                    f"The policy lists for {person.name!r} the key of {owner!r}, which everybody "
                    "has. It counts for synthetic worlds only; list keys of people."
                )


def demo_signer(role: str, signed_already: Sequence[str]) -> Signer:
    """What signs for the next demonstration person of a role.

    Args:
        role: that the statement needs.
        signed_already: names of those whose statement of this kind counts.

    Raises:
        IndRiskError: if all of them have signed.
    """
    from securesystemslib.signer import CryptoSigner

    of_role = [name for name, theirs in PEOPLE if theirs == role]
    left = [name for name in of_role if name not in signed_already]
    if not left:
        raise IndRiskError(
            f"Every demonstration {role} has signed this already; `ind-risk gate` says what else "
            "is lacking."
        )
    return CryptoSigner(_private(left[0]))
