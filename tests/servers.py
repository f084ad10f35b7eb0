"""Servers of the test run: PostgreSQL and Valkey of its own, in a temporary folder.

A pytest plugin (`-p tests.servers`), because the settings read the addresses before any conftest.
Each process of a parallel run has its own.
"""

import os
import re
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest_plugins = ["tests.stack"]

PROJECT = Path(__file__).parent.parent
PREFIX = "tidewatch-test-"
# A folder this young may belong to a run that has not taken its lock yet.
YOUNG_SECONDS = 120

_running = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests():
    """Start the servers before pytest-django reads the settings."""
    os.environ["PYTEST_PLUGINS"] = __name__  # parallel processes read no addopts
    os.environ.update(neutral())
    folder = temporary_folder(_running)
    os.environ["TIDEWATCH_VAR"] = str(folder)
    from config.embedded.layout import Layout
    from config.embedded.servers import embedded_servers

    sweep()
    _running.enter_context(embedded_servers(Layout(folder)))


def pytest_unconfigure():
    """Stop the servers and forget their data."""
    _running.close()


def neutral():
    """Every variable of the product as if it was not set, whatever the shell and .env say.

    But no demo: its history would keep the machine busy. Who tests it switches it on.
    """
    example = PROJECT / ".env.example"
    text = example.read_text() if example.exists() else "DATABASE_URL=\nREDIS_URL=\n"
    names = re.findall(r"^#?\s*([A-Z_]+)=", text, re.MULTILINE)
    files = [f"{name}_FILE" for name in names]
    # Empty counts as not set.
    unset = dict.fromkeys([*names, *files], "")
    return unset | {"TIDEWATCH_DOTENV": os.devnull, "DEMO": "off"}


def temporary_folder(stack):
    """A data folder that goes away with `stack`; nobody but us knows it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sweep():
    """End the servers of test runs that were killed, and forget their data."""
    from config.embedded.layout import Layout
    from config.embedded.servers import release_abandoned

    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = folder / "locks" / "users"
        try:
            ours = lock.stat().st_uid == os.geteuid()
            old = time.time() - lock.stat().st_mtime > YOUNG_SECONDS
        except OSError:
            continue
        if ours and old and release_abandoned(Layout(folder)):
            shutil.rmtree(folder, ignore_errors=True)
