import pytest

from tests.config.lines import Lines


@pytest.fixture
def lines():
    """What is logged during the test: iterate over parsed lines, or look at `raw`."""
    return Lines()
