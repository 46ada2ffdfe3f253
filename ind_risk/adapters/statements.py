"""Statements of a home: envelopes in files named by their digest, each entered in the ledger."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.home import written_beside
from ind_risk.adapters.signatures import NotBelieved, opened, public_key
from ind_risk.core.errors import IndRiskError, IntegrityError
from ind_risk.core.statements import About, Statement, read_payload

if TYPE_CHECKING:
    from securesystemslib.signer import Key

    from ind_risk.adapters.home import Home
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.core.ledger import Entry
    from ind_risk.core.people import People, Person

KIND = "statement"


class Keyring:
    """The public keys that a policy lists, by id, and whose they are."""

    def __init__(self, people: People) -> None:
        self.keys: dict[str, Key] = {}
        self._owners: dict[str, Person] = {}
        for person in people.people:
            for pem in person.keys:
                key = public_key(pem)
                self.keys[key.keyid] = key
                self._owners[key.keyid] = person

    def owner(self, key_id: str) -> Person | None:
        """Whose key it is; None if nobody's."""
        return self._owners.get(key_id)

    def revoked(self, key_id: str) -> bool:
        """Whether its owner's entry revokes it, by the whole id or the first twelve digits."""
        owner = self.owner(key_id)
        return owner is not None and any(
            len(r) >= 12 and key_id.startswith(r) for r in owner.revoked
        )


class StatementStore:
    """The statements of one home."""

    def __init__(self, home: Home, ledger: LedgerFile) -> None:
        self._folder = home.root / "statements"
        self._ledger = ledger

    def read(self, envelope: bytes, ring: Keyring) -> Statement:
        """A statement as it would be recorded now; nothing is kept.

        Raises:
            NotBelieved: if it is no envelope, was altered, or its key is of nobody who is listed.
        """
        try:
            payload, key_id = opened(envelope, ring.keys)
            kind, about, text, difference = read_payload(payload)
        except (NotBelieved, ValueError) as error:
            raise NotBelieved(f"The envelope is refused: {error}.") from error
        if ring.owner(key_id) is None:
            raise NotBelieved(f"The key {key_id[:12]} is of nobody whom the policy lists.")
        return Statement(
            kind=kind, about=about, text=text, difference=difference, key_id=key_id,
            signer=ring.owner(key_id), revoked=ring.revoked(key_id),
            recorded_at=datetime.now(UTC), seq=0,
        )  # fmt: skip

    def add(self, envelope: bytes, ring: Keyring) -> Statement:
        """Keep an envelope and enter it in the ledger; the same one again changes nothing.

        Raises:
            NotBelieved: if it is no envelope, was altered, or its key is of nobody who is listed.
        """
        said = self.read(envelope, ring)
        digest = hashlib.sha256(envelope).hexdigest()
        with self._ledger.locked():
            for entry in self._ledger.read():
                if entry.kind == KIND and entry.body.get("digest") == digest:
                    return self._statement(entry, ring)
            self._folder.mkdir(parents=True, exist_ok=True)
            with written_beside(self._folder / f"{digest}.json") as draft:
                draft.write_bytes(envelope)
            entry = self._ledger.append(
                KIND,
                {"digest": digest, "kind": said.kind, "key_id": said.key_id, **vars(said.about)},
            )
            return self._statement(entry, ring)

    def all(self, ring: Keyring) -> list[Statement]:
        """Every statement on record, oldest first; what cannot be believed says why.

        Raises:
            IntegrityError: if the ledger does not hold.
        """
        return [self._statement(e, ring) for e in self._ledger.read() if e.kind == KIND]

    def envelope(self, digest: str) -> bytes:
        """The envelope as it was recorded.

        Raises:
            IntegrityError: if it is gone or is another.
        """
        file = self._folder / f"{digest}.json"
        try:
            content = file.read_bytes()
        except OSError:
            raise IntegrityError(f"the envelope {digest[:12]} is gone") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise IntegrityError(f"the envelope {digest[:12]} is not the one that was recorded")
        return content

    def _statement(self, entry: Entry, ring: Keyring) -> Statement:
        body: dict[str, Any] = dict(entry.body)
        kind, about, text, difference, fault = str(body.get("kind", "")), None, "", "", ""
        key_id = str(body.get("key_id", ""))
        try:
            payload, key_id = opened(self.envelope(str(body.get("digest", ""))), ring.keys)
            kind, about, text, difference = read_payload(payload)
        except (IndRiskError, ValueError) as error:
            fault = str(error)
        return Statement(
            kind=kind, about=about or About(evidence="", model="", policy=""), text=text,
            difference=difference, key_id=key_id, signer=ring.owner(key_id),
            revoked=ring.revoked(key_id), recorded_at=datetime.fromisoformat(entry.at),
            seq=entry.seq, fault=fault,
        )  # fmt: skip
