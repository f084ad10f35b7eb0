"""Secrets at rest: AES-256-GCM with named keys.

A sealed value is `version (1 byte) | length of the key name (1) | name | nonce (12) | ciphertext`.
The associated data binds it to its place: moved to another row or field, it does not open. Several
keys may be known at once; the first seals, all open, so that keys rotate without a pause.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
KEY_BYTES, NONCE_BYTES = 32, 12


class SealError(Exception):
    """A sealed value cannot be opened. The text names the key at most, never the value."""


@dataclass(frozen=True)
class Key:
    """One key. Its repr shows the name alone."""

    name: str
    secret: bytes = field(repr=False)


class Keyring:
    """The keys of an installation, the current one first."""

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise ValueError("A keyring needs at least one key.")
        self.current = keys[0]
        self._by_name = {key.name: key for key in keys}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all keys, the current one first."""
        return tuple(self._by_name)

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `name:base64,name:base64`, the current key first. Raises ValueError."""
        return cls([_parse_key(part.strip()) for part in text.split(",") if part.strip()])

    def seal(self, plain: str, *, place: str) -> bytes:
        """Seal a text for one place, such as 'tenant 4, profile 7, api_key'."""
        name, nonce = self.current.name.encode(), os.urandom(NONCE_BYTES)
        cipher = AESGCM(self.current.secret).encrypt(nonce, plain.encode(), place.encode())
        return bytes([VERSION, len(name)]) + name + nonce + cipher

    def open(self, sealed: bytes, *, place: str) -> str:
        """Open what was sealed for this place. Raises SealError."""
        name, rest = _split(sealed)
        key = self._by_name.get(name)
        if key is None:
            raise SealError(f"The key {name!r} is not in the keyring (CREDENTIAL_KEYS).")
        try:
            plain = AESGCM(key.secret).decrypt(
                rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode()
            )
        except InvalidTag as error:
            raise SealError("The sealed value was changed or moved.") from error
        return plain.decode()


def key_name(sealed: bytes) -> str:
    """Name of the key that sealed a value. Raises SealError."""
    return _split(sealed)[0]


def make_key(name: str) -> str:
    """A new random key in the form that `Keyring.parse` reads."""
    return f"{name}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def _parse_key(text: str) -> Key:
    name, _, encoded = text.partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        secret = b""
    if not name or len(name.encode()) > 255 or len(secret) != KEY_BYTES:
        raise ValueError("CREDENTIAL_KEYS wants name:key pairs; a key is 32 bytes in base64.")
    return Key(name, secret)


def _split(sealed: bytes) -> tuple[str, bytes]:
    if len(sealed) < 2 or sealed[0] != VERSION or len(sealed) < 2 + sealed[1] + NONCE_BYTES:
        raise SealError("This is no sealed value.")
    end = 2 + sealed[1]
    return sealed[2:end].decode(errors="replace"), sealed[end:]
