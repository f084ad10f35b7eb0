"""A profile's credential at rest: sealed for one field of one profile of one tenant."""

import base64
import binascii

from django.utils.crypto import salted_hmac
from pydantic import BaseModel

from accounts.crypto import SealError, key_name
from accounts.keyring import keyring
from platforms.credentials.fields import hints, opened, secret_names
from platforms.models import ApiProfile

FINGERPRINT = 32  # hexadecimal digits: 128 bits


def seal(profile: ApiProfile, credentials: BaseModel) -> None:
    """Put a credential into a profile that has an id. The caller saves it."""
    ring = keyring()
    profile.sealed = {
        name: _written(ring.seal(value, place=_place(profile, name)))
        for name, value in opened(credentials).items()
    }
    profile.hints = hints(credentials)
    profile.fingerprint = fingerprint(profile, credentials)


def unseal(profile: ApiProfile) -> dict[str, str]:
    """Field -> value of a profile's credential. Raises SealError."""
    ring = keyring()
    return {
        name: ring.open(_read(sealed), place=_place(profile, name))
        for name, sealed in profile.sealed.items()
    }


def reseal(profile: ApiProfile) -> int:
    """Seal with the current key what another key sealed. Returns how many fields that were."""
    ring, names = keyring(), _sealed_by_others(profile)
    for name in names:
        place = _place(profile, name)
        value = ring.open(_read(profile.sealed[name]), place=place)
        profile.sealed[name] = _written(ring.seal(value, place=place))
    return len(names)


def keys_of(profile: ApiProfile) -> list[str]:
    """Names of the keys that a profile's fields are sealed with. Raises SealError."""
    return [key_name(_read(sealed)) for sealed in profile.sealed.values()]


def fingerprint(profile: ApiProfile, credentials: BaseModel) -> str:
    """A keyed hash by which equal credentials share their limits, and which tells nothing of them.

    Of the secrets alone: who only knows a client id must not be able to spend its owner's limits.
    Keyed with SECRET_KEY, because the keys of the ring come and go.
    """
    values = opened(credentials)
    names = secret_names(credentials) or list(values)
    where = f"{profile.platform}:{'simulated' if profile.simulated else 'real'}"
    text = "\x00".join([where, *(f"{name}={values[name]}" for name in sorted(names))])
    return salted_hmac("credential", text, algorithm="sha256").hexdigest()[:FINGERPRINT]


def _sealed_by_others(profile: ApiProfile) -> list[str]:
    current = keyring().current.name
    return [name for name, sealed in profile.sealed.items() if key_name(_read(sealed)) != current]


def _place(profile: ApiProfile, field: str) -> str:
    return f"v1|{profile.owner_id}|{profile.pk}|{field}"


def _written(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()


def _read(written: str) -> bytes:
    try:
        return base64.b64decode(written, validate=True)
    except binascii.Error:
        raise SealError("This is no sealed value.") from None
