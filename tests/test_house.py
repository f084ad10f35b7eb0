"""The house itself: sizes, names, and lists that must agree."""

import ast
import configparser
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
FLOORS = ["accounts", "platforms", "analytics", "collectors", "exports", "feedback", "config"]
LONGEST = {".py": 300, ".html": 150}
LONGEST_FUNCTION = 45
NAMELESS = {"utils", "helpers", "common", "core", "base", "manager", "managers", "misc"}
# Django finds a database backend by this name; "base" is the usual word for the frame and for the
# cascade layer of bare elements.
NAMED_BY_OTHERS = {"config/backends/database/base.py", "templates/base.html", "static/css/base.css"}


def tracked(*patterns):
    """Files of the repository, also those not yet committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [
        path
        for path in map(Path, sorted(set(listing.stdout.split("\n")) - {""}))
        if (ROOT / path).exists()
    ]


def test_no_file_is_too_long():
    files = [f for f in tracked("*.py", "*.html") if "migrations" not in f.parts]
    lengths = {str(f): len((ROOT / f).read_text().splitlines()) for f in files}
    assert {f: n for f, n in lengths.items() if n > LONGEST[Path(f).suffix]} == {}


def test_no_function_is_too_long():
    long = []
    for file in tracked("*.py"):
        if file.parts[0] in FLOORS and "migrations" not in file.parts:
            for node in ast.walk(ast.parse((ROOT / file).read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = node.end_lineno - node.lineno + 1
                    if length > LONGEST_FUNCTION:
                        long.append(f"{file}:{node.lineno} {node.name} {length}")
    assert long == []


def test_every_file_has_a_name_that_says_something():
    rooms = [
        p
        for f in tracked()
        for p in [f.with_suffix(""), *f.parents]
        if str(f) not in NAMED_BY_OTHERS
    ]
    assert {str(room) for room in rooms if room.name in NAMELESS} == set()


def test_every_platform_stands_in_every_contract():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    expected = {f"platforms.{slug}" for slug in settings.PLATFORMS}
    for contract, option in (
        ("platform-shape", "containers"),
        ("platform-independence", "modules"),
        ("kit-knows-no-platform", "forbidden_modules"),
    ):
        listed = set(contracts[f"importlinter:contract:{contract}"][option].split())
        assert listed == expected, contract


def test_every_platform_folder_is_in_the_settings():
    folders = {path.parent.name for path in (ROOT / "platforms").glob("*/manifest.py")}
    assert folders == set(settings.PLATFORMS)
    for slug in settings.PLATFORMS:
        assert import_module(f"platforms.{slug}.manifest").PLATFORM.slug == slug


def test_foreign_keys_point_down_the_floors():
    def floor(model):
        name = model.__module__.split(".")[0]
        return FLOORS.index(name) if name in FLOORS else -1

    upward = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.fields
        if floor(model) >= 0 and field.related_model and floor(field.related_model) > floor(model)
    ]
    assert upward == []


def test_models_and_migrations_agree(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_direct_dependency_says_why():
    for file in tracked("requirements*.in"):
        for line in (ROOT / file).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.search(r"\S  +# \w", line), f"{file}: {line}"


def pins(name):
    return dict(re.findall(r"^([\w.-]+)==([^ \\\n]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_the_complete_set_contains_what_make_run_installs():
    assert pins("requirements-base.txt").items() <= pins("requirements.txt").items()


def test_every_direct_dependency_is_pinned():
    for stem in ("requirements-base", "requirements", "requirements-dev"):
        names = re.findall(r"^([\w.-]+)", (ROOT / f"{stem}.in").read_text(), re.MULTILINE)
        wanted = {name.lower().replace("_", "-") for name in names if not name.startswith("-")}
        assert wanted <= set(pins(f"{stem}.txt")), stem


@pytest.mark.parametrize(
    "file",
    ["package-lock.json", "requirements-base.txt", "requirements.txt", "requirements-dev.txt"],
)
def test_lock_files_name_no_host(file):
    assert "://" not in re.sub(r'"(url|funding)": "[^"]+"', "", (ROOT / file).read_text())


def test_no_template_marks_text_as_safe():
    assert [
        str(f) for f in tracked("*.html") if re.search(r"\|\s*safe\b", (ROOT / f).read_text())
    ] == []


def test_no_template_needs_inline_style_or_script():
    inline = re.compile(
        r"""\sstyle=|<style|\son[a-z]+=["']|<script(?![^>]*\b(src|type="application/json")\b)|hx-on|js:"""
    )
    assert [
        str(f) for f in tracked("templates/**.html") if inline.search((ROOT / f).read_text())
    ] == []
