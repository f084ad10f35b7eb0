"""The sender's address: what our proxies say, never what the sender says."""

import pytest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.addresses import client_ip

SENDER, PROXY = "203.0.113.7", "10.0.0.2"


def address(*, trusted, forwarded=None, connection=PROXY):
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=connection)
    with override_settings(TRUSTED_PROXIES=trusted):
        return client_ip(request)


def test_without_a_proxy_the_header_is_not_believed():
    assert address(trusted=0, forwarded=SENDER) == PROXY


def test_behind_one_proxy_its_word_counts():
    assert address(trusted=1, forwarded=SENDER) == SENDER


def test_behind_two_proxies_the_outer_ones_word_counts():
    assert address(trusted=2, forwarded=f"{SENDER}, 10.0.0.1") == SENDER


@given(forged=st.lists(st.ip_addresses().map(str) | st.text("0123456789.,: []abcdef", max_size=20)))
def test_nothing_that_the_sender_writes_changes_it(forged):
    forwarded = ", ".join([*forged, SENDER, "10.0.0.1"])
    assert address(trusted=2, forwarded=forwarded) == SENDER


def test_a_request_that_came_past_the_proxies_is_known_by_its_connection():
    assert address(trusted=2, forwarded=SENDER, connection="10.0.0.9") == "10.0.0.9"
    assert address(trusted=1, connection="10.0.0.9") == "10.0.0.9"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", PROXY),
        ("", PROXY),
    ],
)
def test_each_address_has_one_spelling(written, meant):
    assert address(trusted=1, forwarded=written) == meant


def test_a_unix_socket_has_no_address():
    assert address(trusted=0, connection="") is None
