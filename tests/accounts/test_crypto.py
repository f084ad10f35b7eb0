"""Sealed secrets open in their place, with their key, and nowhere else."""

import pytest
from hypothesis import given, strategies

from accounts.crypto import Keyring, SealError, key_name, make_key

OLD, NEW = make_key("old"), make_key("new")
PLACE = "tenant 4, profile 7, api_key"


@given(strategies.text())
def test_what_was_sealed_opens(plain):
    ring = Keyring.parse(OLD)
    assert ring.open(ring.seal(plain, place=PLACE), place=PLACE) == plain


def test_the_same_secret_never_looks_the_same():
    ring = Keyring.parse(OLD)
    assert ring.seal("x", place=PLACE) != ring.seal("x", place=PLACE)


def test_a_value_moved_to_another_place_does_not_open():
    ring = Keyring.parse(OLD)
    sealed = ring.seal("secret", place=PLACE)
    with pytest.raises(SealError):
        ring.open(sealed, place="tenant 5, profile 7, api_key")


@given(strategies.integers(min_value=0), strategies.integers(1, 255))
def test_a_changed_byte_does_not_open(position, difference):
    ring = Keyring.parse(OLD)
    sealed = bytearray(ring.seal("secret", place=PLACE))
    sealed[position % len(sealed)] ^= difference
    with pytest.raises(SealError):
        ring.open(bytes(sealed), place=PLACE)


@given(strategies.binary(max_size=40))
def test_garbage_does_not_open(garbage):
    with pytest.raises(SealError):
        Keyring.parse(OLD).open(garbage, place=PLACE)


def test_keys_rotate_without_a_pause():
    sealed = Keyring.parse(OLD).seal("secret", place=PLACE)
    both = Keyring.parse(f"{NEW},{OLD}")
    assert both.open(sealed, place=PLACE) == "secret"
    assert key_name(both.seal("secret", place=PLACE)) == "new"
    with pytest.raises(SealError, match="'old' is not in the keyring"):
        Keyring.parse(NEW).open(sealed, place=PLACE)


@pytest.mark.parametrize("text", ["", "name", "name:short", ":<key>", "name:***"])
def test_a_broken_keyring_is_refused(text):
    text = text.replace("<key>", OLD.partition(":")[2])
    with pytest.raises(ValueError, match="key"):
        Keyring.parse(text)


def test_no_repr_shows_a_key():
    ring = Keyring.parse(OLD)
    assert OLD.partition(":")[2] not in repr(ring.current) + repr(vars(ring))
