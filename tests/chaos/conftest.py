"""A product under load for the tests that kill its parts, and a table of what they measured."""

from pathlib import Path

import pytest

from config.embedded import postgres, roles
from config.embedded.layout import Layout
from tests.chaos.writer import Writer
from tests.stack import running_stack

MAKE_CARLA = """
from accounts.models import User
print(User.objects.create_user("carla@example.org").pk)
"""
MEASURED = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items):
    """Everything in this folder kills processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("chaos")


def pytest_terminal_summary(terminalreporter, config):
    """Show what was measured, also when all is well."""
    lines = config.stash.get(MEASURED, [])
    if lines:
        terminalreporter.section("what the chaos measured")
    for line in lines:
        terminalreporter.write_line(line)


@pytest.fixture
def note(pytestconfig):
    """Puts a line into the table at the end of the run."""
    return pytestconfig.stash.setdefault(MEASURED, []).append


@pytest.fixture(scope="module")
def product():
    """A product of its own: nobody else's test may meet a killed part."""
    with running_stack() as running:
        yield running


@pytest.fixture(scope="module")
def writer(product):
    """A client that writes all the time."""
    answer = product.command("shell", "--verbosity=0", "-c", MAKE_CARLA)
    assert answer.returncode == 0, answer.stderr
    url = postgres.url(Layout(product.var), roles.APP)
    with Writer(url=url, tenant=int(answer.stdout.split()[-1])) as client:
        yield client
