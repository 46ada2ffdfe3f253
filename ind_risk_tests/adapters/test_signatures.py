"""Keys and envelopes: what was signed is what is read, and nothing else is believed."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as to
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.adapters.signatures import (
    NotBelieved,
    new_key,
    opened,
    public_key,
    signed,
    signer_of,
)
from ind_risk.core.errors import IndRiskError, PolicyError

SAID = {"kind": "approval", "text": "é"}


def written(folder: Path, private: Any) -> tuple[str, str]:
    """A private key in a file, and its public part."""
    file = folder / "key.pem"
    file.write_bytes(
        private.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption())
    )
    public = private.public_key().public_bytes(
        to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo
    )
    return str(file), public.decode()


@pytest.fixture(scope="module")
def envelope(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, Any]]:
    """A signed envelope and the key that verifies it."""
    file = tmp_path_factory.mktemp("keys") / "anna.pem"
    key = public_key(new_key(file, password=None))
    known = {key.keyid: key}
    return signed(SAID, signer_of(str(file), known=known)), known


def test_what_was_signed_is_read(envelope: tuple[bytes, dict[str, Any]]) -> None:
    content, known = envelope
    payload, key_id = opened(content, known)
    assert payload == SAID
    assert [key_id] == list(known)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_elliptic_curves_sign_as_well(tmp_path: Path, curve: Any) -> None:
    file, pem = written(tmp_path, ec.generate_private_key(curve))
    key = public_key(pem)
    content = signed(SAID, signer_of(file, known={}))
    assert opened(content, {key.keyid: key}) == (SAID, key.keyid)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_not_believed(
    envelope: tuple[bytes, dict[str, Any]], data: st.DataObject
) -> None:
    """Unless what it says is still the same, or its key is one that nobody knows."""
    content, known = envelope
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != content[place]))
    changed = content[:place] + bytes([byte]) + content[place + 1 :]
    try:
        payload, key_id = opened(changed, known)
    except NotBelieved:
        return
    assert payload == SAID or key_id not in known


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e["signatures"].clear(),
        lambda e: e["signatures"].append({**e["signatures"][0], "keyid": "other"}),
        lambda e: e["signatures"].append(dict(e["signatures"][0])),
        lambda e: e.update(payloadType="text/plain"),
        lambda e: e.update(payload="AAAA"),
        lambda e: e.pop("payload"),
        lambda e: e.update(signatures={}),
    ],
)
def test_what_is_no_envelope_of_one(envelope: tuple[bytes, dict[str, Any]], change: Any) -> None:
    content, known = envelope
    made = json.loads(content)
    change(made)
    with pytest.raises(NotBelieved):
        opened(json.dumps(made).encode(), known)


def test_too_long_or_nothing(envelope: tuple[bytes, dict[str, Any]]) -> None:
    for content in (b"", b"[]", b"null", b" " * 200_000, b"[" * 50_000):
        with pytest.raises(NotBelieved):
            opened(content, envelope[1])


def test_a_key_is_for_its_owner_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "anna.pem"
    new_key(file, password=b"geheim")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in file.read_bytes()
    with pytest.raises(IndRiskError, match="never overwritten"):
        new_key(file, password=None)
    with pytest.raises(IndRiskError, match="no private key"):
        signer_of(str(file), known={})
    with pytest.raises(IndRiskError, match="no private key"):
        signer_of(str(file), password=b"wrong", known={})
    signer_of(str(file), password=b"geheim", known={})


def test_other_keys_are_refused(tmp_path: Path) -> None:
    file, pem = written(tmp_path, rsa.generate_private_key(65537, 2048))
    with pytest.raises(PolicyError, match="expected ed25519 or ecdsa"):
        public_key(pem)
    with pytest.raises(IndRiskError, match="expected ed25519 or ecdsa"):
        signer_of(file, known={})
    with pytest.raises(PolicyError, match="no public key"):
        public_key("-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----")
    with pytest.raises(PolicyError, match="no public key"):
        public_key(Path(file).read_text())  # the private part has no place in a policy
    with pytest.raises(IndRiskError, match="cannot be read"):
        signer_of(str(tmp_path / "none.pem"), known={})
