"""A fifth platform is its folder, its name in the settings, and its place in the contracts.

A toy is put into a copy of the house, and the copy is asked the questions that the house is asked.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import neutral
from tests.test_house import FLOORS, ROOT

TOY = Path(__file__).parent / "toy"
REST = [
    "tests",
    "static",
    "templates",
    ".importlinter",
    "pyproject.toml",
    "manage.py",
    ".env.example",
]
SETTINGS_LINE = "\nPLATFORMS = ["
UNWANTED = shutil.ignore_patterns("__pycache__", "vendor", "e2e")


def put(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=UNWANTED)
    else:
        shutil.copy(source, target)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the house with a fifth platform, and the files that had to be touched for it."""
    folder = tmp_path_factory.mktemp("house")
    for name in [*FLOORS, *REST]:
        put(ROOT / name, folder / name)
    shutil.copytree(TOY, folder / "platforms" / "toy", ignore=UNWANTED)
    settings = folder / "config" / "settings.py"
    text = settings.read_text()
    assert text.count(SETTINGS_LINE) == 1
    settings.write_text(text.replace(SETTINGS_LINE, f'{SETTINGS_LINE}"toy", '))
    contracts = folder / ".importlinter"
    listed = re.sub(
        r"^(    platforms\.reddit)$",
        r"\1\n    platforms.toy",
        contracts.read_text(),
        flags=re.MULTILINE,
    )
    contracts.write_text(listed)
    return folder


def run(house, *command, **extra):
    environment = {**os.environ, **neutral(), "TIDEWATCH_VAR": os.environ["TIDEWATCH_VAR"], **extra}
    return subprocess.run(
        [sys.executable, *command], cwd=house, capture_output=True, text=True, check=False,
        env=environment, timeout=250,
    )  # fmt: skip


def test_it_needs_a_migration_of_its_own_and_none_elsewhere(house):
    told = run(house, "manage.py", "makemigrations", "--check", "--dry-run")
    assert (told.returncode, told.stdout.strip()) == (0, "No changes detected"), (
        told.stdout + told.stderr
    )


def test_it_keeps_the_contracts_of_the_house(house):
    told = run(house, "-c", "from importlinter.cli import lint_imports_command as c; c()")
    assert "9 kept, 0 broken" in told.stdout, told.stdout + told.stderr


def test_its_recordings_are_replayed(house, tmp_path):
    recording = {
        "call": "toy.notes",
        "request": {"method": "GET", "url": "https://api.toy.example/notes", "params": {}},
        "status": 200,
        "headers": {},
        "body": {"notes": [{"id": "1", "account": "7", "at": "2026-01-01T00:00:00Z", "likes": 3}]},
    }
    (tmp_path / "one.json").write_text(json.dumps(recording))
    told = run(house, "manage.py", "replay", "--json", str(tmp_path))
    assert json.loads(told.stdout) == {
        "file": "one.json", "platform": "toy", "call": "toy.notes", "outcome": "stored",
        "rows": [{
            "table": "toy_note", "account": "7", "external_id": "1",
            "published_at": "2026-01-01T00:00:00+00:00", "text": "", "likes": 3,
        }],
    }, told.stderr  # fmt: skip


def test_it_answers_the_questions_that_all_platforms_are_asked(house):
    files = ["tests/platforms/test_contract.py", "tests/platforms/test_contract_storing.py"]
    told = run(house, "-m", "pytest", *files, "-q", "-k", "toy or handle", "-p", "no:cacheprovider")
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    assert re.search(r"2[0-9] passed", told.stdout), told.stdout[-500:]


def test_nothing_else_was_touched(house):
    ours = {p.relative_to(ROOT) for name in FLOORS for p in (ROOT / name).rglob("*.py")}
    copied = {p.relative_to(house) for name in FLOORS for p in (house / name).rglob("*.py")}
    added = {path for path in copied - ours if path.parts[:2] != ("platforms", "toy")}
    different = {p for p in copied & ours if (house / p).read_text() != (ROOT / p).read_text()}
    assert added == set()
    assert different == {Path("config/settings.py")}
