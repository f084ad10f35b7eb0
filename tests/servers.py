"""Servers of the test run: PostgreSQL and Valkey of its own, in a temporary folder.

A pytest plugin (`-p tests.servers`), because the settings read the addresses before any conftest.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

_running = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests():
    """Start the servers before pytest-django reads the settings."""
    folder = Path(tempfile.mkdtemp(prefix="tidewatch-test-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    _running.callback(shutil.rmtree, folder, ignore_errors=True)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["TIDEWATCH_VAR"] = str(folder)
    from config.embedded.layout import Layout
    from config.embedded.servers import embedded_servers

    _running.enter_context(embedded_servers(Layout(folder)))


def pytest_unconfigure():
    """Stop the servers and forget their data."""
    _running.close()
