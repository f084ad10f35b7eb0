"""A visitor with a browser, and the mails that reach them."""

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, TestCase


class Visitor(Client):
    """A browser. What waits for the commit is done before the answer is looked at."""

    def request(self, **request):
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)


@pytest.fixture(autouse=True)
def _no_limits_used_up():
    cache.clear()


@pytest.fixture
def visitor(db):
    return Visitor()


@pytest.fixture
def page(visitor, alice):
    """A browser in which alice is signed in."""
    visitor.force_login(alice)
    return visitor


@pytest.fixture
def other_browser(db):
    return Visitor()


@pytest.fixture
def link(mailoutbox):
    """The link of the newest mail that leads below a path, without its host."""

    def find(path):
        (found,) = re.findall(
            rf"^{settings.SITE_URL}({path}\S+)$", mailoutbox[-1].body, re.MULTILINE
        )
        return found

    return find
