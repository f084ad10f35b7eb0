import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import brotli
import pytest
from django.conf import settings

from config import assets
from config.frame.navigation import FOOT, GROUPS, STAFF

ROOT = Path(settings.BASE_DIR)
SOURCES = [
    *(ROOT / "templates").rglob("*.html"),
    *(file for app in ROOT.glob("*/apps.py") for file in app.parent.rglob("*.py")),
]
NAMED = re.compile(r"""(?:icon\.html" with name=|\bicon=)"([a-z0-9-]+)\"""")


def text_of(files):
    return "\n".join(file.read_text() for file in files if file.name != "assets.py")


@pytest.fixture
def checkout(tmp_path):
    """What `python -m config.assets` needs of a checkout, with the packages that are installed."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    for folder in ("css", "marks"):
        shutil.copytree(ROOT / "static" / folder, tmp_path / "static" / folder)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def make_assets(checkout, **environment):
    return subprocess.run(
        [sys.executable, "-m", "config.assets"],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "TIDEWATCH_VAR": str(checkout / "var"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_icon_of_a_template_is_in_the_sprite():
    used = set(NAMED.findall(text_of(SOURCES))) - {"mark-"}  # followed by the platform's name
    used |= {page.icon for group in (*GROUPS, STAFF, FOOT) for page in group.pages}
    assert used <= set(assets.ICONS)


def test_no_icon_is_shipped_unused():
    text = text_of([*SOURCES, *(ROOT / "static/js").glob("*.js")])
    assert [name for name in assets.ICONS if f'"{name}"' not in text] == []


def test_the_sprite_has_every_icon_and_a_mark_for_each_platform():
    sprite = ElementTree.parse(ROOT / "static/vendor/icons.svg").getroot()  # noqa: S314  our own file
    assert {symbol.get("id") for symbol in sprite} == {
        *assets.ICONS,
        *(f"mark-{platform}" for platform in settings.PLATFORMS),
    }


def test_own_files_stay_within_their_budget():
    styles = text_of((ROOT / "static/css").glob("*.css"))
    scripts = text_of((ROOT / "static/js").glob("*.js"))
    assert len(styles) <= 45_000
    assert len(brotli.compress(styles.encode())) <= 9_000
    assert len(scripts) <= 30_000
    assert len(brotli.compress(scripts.encode())) <= 10_000
    assert (ROOT / "static/js/theme.js").stat().st_size < 500  # it blocks the first paint


def test_third_party_files_name_their_licences_and_no_source_maps():
    listing = (ROOT / "static/vendor/THIRD_PARTY.txt").read_text()
    for package in assets.FILES:
        assert re.search(rf"^{package} \d+\.\d+\.\d+, \S+", listing, re.MULTILINE)
    scripts = (ROOT / "static/vendor").glob("*.js")
    assert [script.name for script in scripts if b"sourceMappingURL" in script.read_bytes()] == []


def test_assets_are_made_once_and_again_when_a_style_changes(checkout):
    assert make_assets(checkout).returncode == 0
    style = checkout / "static/dist/app.css"
    made = style.stat().st_mtime_ns
    assert style.read_text().startswith("@layer reset, tokens, base, layout, components, pages")

    assert make_assets(checkout).returncode == 0
    assert style.stat().st_mtime_ns == made

    (checkout / "static/css/pages.css").write_text(".new { color: red; }")
    assert make_assets(checkout).returncode == 0
    assert "@layer pages {\n.new { color: red; }\n}" in style.read_text()


def test_an_icon_that_does_not_exist_is_named(checkout):
    module = checkout / "config/assets.py"
    module.write_text(module.read_text().replace('"activity"', '"no-such-icon"'))
    answer = make_assets(checkout)
    assert answer.returncode == 1
    assert answer.stderr == (
        "tidewatch: There is no icon 'no-such-icon'. Correct ICONS in config/assets.py.\n"
    )


def test_without_a_registry_one_sentence_says_so(checkout):
    (checkout / "node_modules").unlink()
    answer = make_assets(checkout, npm_config_registry="http://127.0.0.1:9/")
    assert answer.returncode == 1
    assert answer.stderr == (
        "tidewatch: The browser's assets were not fetched: the package registry cannot be "
        "reached; check the network connection and try again.\n"
    )
    assert not (checkout / "static/vendor").exists()


def test_no_template_has_a_habit_of_htmx_2():
    check = ROOT / "node_modules/htmx.org/dist/scripts/upgrade-check.py"
    answer = subprocess.run(
        [sys.executable, check, ROOT / "templates", ROOT / "static/js"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
