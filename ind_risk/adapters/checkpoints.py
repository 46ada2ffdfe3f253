"""Signed checkpoints of the ledger: kept elsewhere by people, and held against it later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ind_risk.adapters.home import written_beside
from ind_risk.adapters.ledger_mark import Mark, hold
from ind_risk.adapters.signatures import NotBelieved, opened, public_key, signed, signer_of
from ind_risk.core.checkpoint import checkpoint, read_checkpoint
from ind_risk.core.errors import IndRiskError, IntegrityError, UnusableFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from securesystemslib.signer import Key

    from ind_risk.adapters.ledger_file import LedgerFile


def sign_checkpoint(
    ledger: LedgerFile,
    file: Path,
    *,
    key: str,
    password: bytes | None,
    known: Mapping[str, Key],
) -> Mark:
    """Sign the ledger's length and head of now.

    Args:
        ledger: verified first.
        file: to be written; never overwritten.
        key: a PEM file, or "hsm:…".
        password: of the key file, if it has one.
        known: public keys of the policy by id.

    Raises:
        IntegrityError: if the ledger does not hold.
        IndRiskError: if it is empty, the file is there already, or the key cannot be used.
    """
    if file.exists():
        raise IndRiskError(f"{file} is there already; a checkpoint is never overwritten.")
    state = ledger.state()
    try:
        said = checkpoint(length=state.length, head=state.head, made_at=datetime.now(UTC))
    except ValueError as error:
        raise IndRiskError(str(error)) from None
    content = signed(said, signer_of(key, password=password, known=known))
    with written_beside(file.resolve()) as draft:
        draft.write_bytes(content)
    return Mark(state.length, state.head)


def ready_to_sign(file: Path, *, key: str, password: bytes | None, known: Mapping[str, Key]) -> str:
    """What can be said before a long verification: whether file and key will do.

    Returns:
        The id of the key.

    Raises:
        UnusableFile: if there is no such key.
        IndRiskError: if the file is there already, or the key cannot be used.
    """
    if file.exists():
        raise IndRiskError(f"{file} is there already; a checkpoint is never overwritten.")
    return str(signer_of(key, password=password, known=known).public_key.keyid)


def refuse_what_is_none(files: Sequence[Path]) -> None:
    """Refuse files that never were checkpoints: that is a slip, and says nothing of the trail.

    One that was altered is another matter, which `hold_to_checkpoint` names.

    Raises:
        UnusableFile: if one is not there, or no signed checkpoint of a ledger.
    """
    for file in files:
        try:
            payload, _ = opened(_read(file), {})
            read_checkpoint(payload)
        except (NotBelieved, ValueError) as error:
            raise UnusableFile(
                f"{file} is not a checkpoint: {error}. Give one that `ind-risk checkpoint` wrote."
            ) from error


def hold_to_checkpoint(
    ledger: LedgerFile, files: Sequence[Path], *, known: Mapping[str, Key], public: Sequence[Path]
) -> int:
    """Hold the ledger to checkpoints that were kept elsewhere.

    Args:
        ledger: of the home.
        files: envelopes.
        known: public keys of the policy by id.
        public: files of further public keys, PEM, that whoever asks trusts.

    Returns:
        How many hold.

    Raises:
        IntegrityError: naming the first that does not, or that nobody known signed.
    """
    keys = dict(known)
    for file in public:
        key = public_key(_read(file).decode("utf-8", "replace"))
        keys[key.keyid] = key
    entries = ledger.read()
    for file in files:
        try:
            payload, key_id = opened(_read(file), keys)
            length, head = read_checkpoint(payload)
        except (NotBelieved, ValueError) as error:
            raise IntegrityError(f"The checkpoint {file} is refused: {error}.") from error
        if key_id not in keys:
            raise IntegrityError(
                f"The checkpoint {file} is signed by the key {key_id[:12]}, which nobody has whom "
                "the policy lists. Give the public key with --public if you know whose it is."
            )
        hold(Mark(length, head), entries, whom=f"Whoever signed the checkpoint {file.name}")
    return len(files)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnusableFile(f"{file} cannot be read: {error.strerror}.") from error
