"""A stranger cannot find out who has an account: not from an answer, and not from its time."""

import re
import statistics
import time

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache

from tests.factories.accounts import PASSWORD, UserFactory

TRIES = 5
RANDOM = {"X-Request-ID", "Expires"}
FORMS = {
    "/register/": lambda email: {"email": email, "password1": "tide crab seven lantern"},
    "/login/": lambda email: {"login": email, "password": "tide crab seven lantern"},
    "/password/reset/": lambda email: {"email": email},
    "/verify/": lambda email: {"email": email},
}
KNOWN = {
    "verified": {},
    "not verified": {"address__verified": False},
    "switched off": {"is_active": False},
}


def send(visitor, path, email, **options):
    return visitor.post(path, FORMS[path](email), **options)


def outline(answer, email):
    """Everything a stranger sees, without the address itself and random tokens."""
    page = answer.text.replace(email, "…")
    page = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken":")\w+', r"\1…", page)
    headers = {name: value for name, value in answer.headers.items() if name not in RANDOM}
    return answer.status_code, answer.redirect_chain, sorted(answer.cookies), headers, page


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("kind", KNOWN)
def test_a_known_address_is_answered_like_an_unknown_one(
    visitor, other_browser, path, kind, mailoutbox
):
    known = UserFactory(**KNOWN[kind]).email
    unknown = "n" * len(known.partition("@")[0]) + "@example.org"  # the same length
    one, two = (
        outline(send(browser, path, email, follow=True), email)
        for browser, email in ((visitor, known), (other_browser, unknown))
    )
    assert one == two
    # A mail goes out in both cases, or in none: it takes its time, too.
    assert len(mailoutbox) == (0 if path == "/login/" else 2)


def processor_seconds(work, *arguments):
    """Time of this thread alone, so that a busy machine does not count."""
    before = time.thread_time()
    work(*arguments)
    return time.thread_time() - before


@pytest.mark.parametrize("path", FORMS)
def test_a_known_address_takes_as_long_as_an_unknown_one(visitor, path):
    def median(emails):
        cache.clear()
        send(visitor, path, "warm.up@example.org")
        return statistics.median(processor_seconds(send, visitor, path, mail) for mail in emails)

    known = median([UserFactory().email for _ in range(TRIES)])
    unknown = median([f"nobody{number}@example.org" for number in range(TRIES)])
    hashing = processor_seconds(make_password, PASSWORD)
    assert abs(known - unknown) < hashing / 3
