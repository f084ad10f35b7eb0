"""Pictures of pages of a running installation, in both themes and at both widths.

python -m tests.e2e.screenshots --address http://localhost:8000 --to build/screenshots \
    --email maya@example.org --password-file secret.txt /help/ /settings/profile/

Without an e-mail address the pages are those of somebody who is not signed in.
"""

import argparse
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.e2e.browser import chromium, sign_in, window

THEMES = ("light", "dark")
WIDTHS = (1440, 390)


def main() -> None:
    """Take every picture that the command line asks for."""
    wanted = arguments()
    wanted.to.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for width in WIDTHS:
            profile = window(browser, wanted.address, width=width)
            if wanted.email:
                password = wanted.password_file.read_text().strip()
                sign_in(profile, email=wanted.email, password=password)
            for theme in THEMES:
                profile.add_cookies([{"name": "theme", "value": theme, "url": wanted.address}])
                for path in wanted.paths:
                    picture(profile, path, wanted.to / f"{name_of(path)}-{theme}-{width}.png")


def picture(profile: BrowserContext, path: str, file: Path) -> None:
    """The whole page, however long."""
    page = profile.new_page()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file, full_page=True)
    page.close()
    print(file)  # noqa: T201  the command's output


def name_of(path: str) -> str:
    """ "/settings/profile/" is settings-profile, "/" is start."""
    return path.strip("/").replace("/", "-") or "start"


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Take pictures of pages.")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--address", default="http://localhost:8000")
    parser.add_argument("--to", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--email", default="")
    parser.add_argument("--password-file", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
