"""Each layer contract bites: a planted break is named by its contract."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_house import FLOORS, ROOT

BREAKS = [
    ("floors", "platforms/contract.py", "import analytics.apps"),
    ("floors", "collectors/apps.py", "import exports.apps"),
    ("floors", "accounts/apps.py", "import config.env"),
    ("rooms", "accounts/models.py", "import accounts.urls"),
    ("platform-shape", "platforms/twitch/models.py", "import platforms.twitch.manifest"),
    ("platform-shape", "platforms/twitch/shortcuts.py", ""),
    ("platform-independence", "platforms/twitter/manifest.py", "import platforms.reddit.manifest"),
    ("kit-knows-no-platform", "platforms/registry.py", "import platforms.twitch.manifest"),
    ("wire-without-django", "platforms/twitch/client.py", "import django"),
    ("one-door-out", "collectors/apps.py", "import requests"),
    ("settings", "exports/apps.py", "import config.settings"),
    ("heavy", "exports/apps.py", "import torch"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The house without its history, to break things in."""
    folder = tmp_path_factory.mktemp("house")
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, folder / floor, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def lint(folder, *options):
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_house_keeps_all_its_contracts(copy):
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout
    assert "9 kept, 0 broken" in answer.stdout


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS)
def test_a_broken_contract_is_named(copy, contract, file, line):
    path = copy / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        answer = lint(copy, "--contract", contract)
        assert answer.returncode == 1, answer.stdout + answer.stderr
        assert "0 kept, 1 broken" in answer.stdout
    finally:
        path.write_text(before) if before is not None else path.unlink()
