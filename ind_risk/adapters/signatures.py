"""Keys and envelopes: statements signed as DSSE, with Ed25519 or ECDSA keys (securesystemslib).

A key is a PEM file, or on a smart card by its PKCS#11 address ("hsm:…", which needs PyKCS11).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import IndRiskError, PolicyError, UnusableFile
from ind_risk.core.ledger import canonical
from ind_risk.core.statements import PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from securesystemslib.signer import Key, Signer

KEY_TYPES = ("ed25519", "ecdsa")
LARGEST_ENVELOPE = 100_000  # bytes


class NotBelieved(IndRiskError):
    """An envelope that is none, was altered, or is signed by nobody who is known."""


def public_key(pem: str) -> Key:
    """A public key as the policy lists it.

    Raises:
        PolicyError: if it is no public key in PEM, or of another type than Ed25519 and ECDSA.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        made = SSlibKey.from_crypto(load_pem_public_key(pem.encode()))
    except Exception as error:
        said = str(error).partition("\n")[0]
        raise PolicyError(
            f"A key of the policy is no public key in PEM ({said}). `ind-risk key` makes one."
        ) from error
    if made.keytype not in KEY_TYPES:
        raise PolicyError(
            f"A key of the policy is of type {made.keytype}; expected {' or '.join(KEY_TYPES)}."
        )
    return made


def new_key(file: Path, *, password: bytes | None) -> str:
    """Make an Ed25519 key pair; the private part goes to a file that only its owner can read.

    Args:
        file: to be made; never overwritten.
        password: with which the file is encrypted; None for none.

    Returns:
        The public key, PEM.

    Raises:
        IndRiskError: if there is a file already.
    """
    from cryptography.hazmat.primitives import serialization as to
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    hidden = to.BestAvailableEncryption(password) if password else to.NoEncryption()
    private = made.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, hidden)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise IndRiskError(f"{file} is there already; a key is never overwritten.") from None
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(private)
        opened.flush()
        os.fsync(opened.fileno())
    shown = made.public_key().public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo)
    return shown.decode()


def signer_of(key: str, *, password: bytes | None = None, known: Mapping[str, Key]) -> Signer:
    """What signs: a PEM file, or a key on a smart card.

    Args:
        key: path of a file, or "hsm:…" as securesystemslib's HSMSigner takes it.
        password: of the file, if it is encrypted.
        known: public keys of the policy by id, among which a smart card's must be.

    Raises:
        IndRiskError: if there is no such key, it cannot be read or is of another type.
    """
    from securesystemslib.signer import CryptoSigner
    from securesystemslib.signer import Signer as AnySigner

    if key.startswith("hsm:"):
        for public in known.values():
            try:
                return AnySigner.from_priv_key_uri(key, public)
            except ImportError as error:
                raise IndRiskError(f"Smart cards need the package PyKCS11: {error}.") from error
            except Exception:  # noqa: S112 - the next key may be the card's
                continue
        raise IndRiskError(f"{key} holds no key that the policy lists. Is the card in?")
    return CryptoSigner(_private(key, password))


def _private(key: str, password: bytes | None) -> Any:
    from pathlib import Path

    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import SSlibKey

    try:
        private = load_pem_private_key(Path(key).read_bytes(), password)
        kind = SSlibKey.from_crypto(private.public_key()).keytype
    except OSError as error:
        raise UnusableFile(f"The key {key} cannot be read: {error.strerror}.") from error
    except Exception as error:
        said = str(error).partition("\n")[0]
        asked = " Give --password to be asked for it." if "assword was not given" in said else ""
        raise IndRiskError(f"{key} is no private key that can be used: {said}{asked}") from error
    if kind not in KEY_TYPES:
        raise IndRiskError(f"{key} is of type {kind}; expected {' or '.join(KEY_TYPES)}.")
    return private


def signed(payload: Mapping[str, Any], signer: Signer) -> bytes:
    """An envelope with one signature, as canonical JSON."""
    from securesystemslib.dsse import Envelope

    made = Envelope(canonical(dict(payload)), PAYLOAD, {})
    made.sign(signer)
    return canonical(made.to_dict())


def opened(envelope: bytes, known: Mapping[str, Key]) -> tuple[Any, str]:
    """What an envelope holds, and the id of the key that signed it.

    Args:
        envelope: JSON.
        known: public keys by id. A signature by any other is not verified: then the id is all
            that is known of it.

    Raises:
        NotBelieved: if it is no envelope, has not exactly one signature, or was altered.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError

    if len(envelope) > LARGEST_ENVELOPE:
        raise NotBelieved(f"it has {len(envelope):,} bytes; at most {LARGEST_ENVELOPE:,} are read")
    try:
        made = Envelope.from_dict(json.loads(envelope))
        payload = json.loads(made.payload)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotBelieved("it is no signed envelope") from error
    except Exception as error:  # securesystemslib's FormatError is of no root of its own
        raise NotBelieved("it is no signed envelope") from error
    if len(made.signatures) != 1 or made.payload_type != PAYLOAD:
        raise NotBelieved("it does not hold one statement with one signature")
    (key_id,) = made.signatures
    if key_id in known:
        try:
            made.verify([known[key_id]], threshold=1)
        except VerificationError as error:
            raise NotBelieved("its signature does not fit: it was altered after signing") from error
    return payload, key_id
