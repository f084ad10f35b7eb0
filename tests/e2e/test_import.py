"""A file is imported in a real browser: brought, looked at, started, watched, taken back."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import axe

ROWS = "".join(f"{n}abc,{1300000000 + n},Post {n},{n},{{name}}\n" for n in range(30))
FILE = "id,created_utc,title,score,subreddit\n" + ROWS + "no id,1300000000,Bad,many,{name}\n"


@pytest.mark.parametrize("width", [1440, 390])
def test_a_file_of_posts_becomes_history_and_can_be_taken_back(look, width):
    name = f"e2e_{uuid4().hex[:12]}"
    page = look("/imports/add/", width=width)
    assert axe(page) == []
    page.get_by_label("Where the rows belong").select_option("reddit")
    content = {"name": f"{name}.csv", "mimeType": "text/csv"}
    page.locator("input[type=file]").set_input_files(
        [{**content, "buffer": FILE.format(name=name).encode()}]
    )
    page.get_by_role("button", name="Look at file").click()
    expect(page.get_by_role("region", name="First rows")).to_contain_text("Post 3")
    expect(page.locator("main")).to_contain_text(f"“{name}” is none of your sources.")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_label("Make sources that are missing").check()
    page.get_by_role("button", name="Start import").click()
    expect(page.locator("#form-errors")).to_contain_text("Say when the figures of this file")
    page.get_by_label("When the figures were read").fill("2013-08-20T12:00")
    page.get_by_role("button", name="Start import").click()
    expect(page.get_by_role("heading", name="Result")).to_be_visible(timeout=60_000)
    figures = page.locator(".figures")
    expect(figures).to_contain_text("Created")
    assert figures.locator("dd").all_inner_texts() == ["31", "30", "0", "0", "0", "1"]
    expect(page.get_by_role("region", name="Refused rows")).to_contain_text("32")
    assert axe(page) == []

    page.get_by_role("link", name="Take back").click()
    assert axe(page) == []
    page.get_by_role("button", name="Take back import").click()
    expect(page.locator(".figures")).to_contain_text("30")
    expect(page.locator("main")).to_contain_text("Taken back")


def test_a_file_that_cannot_be_read_says_so_beside_its_field(look):
    page = look("/imports/add/")
    page.get_by_label("Where the rows belong").select_option("youtube")
    page.locator("input[type=file]").set_input_files(
        [{"name": "x.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04"}]
    )
    page.get_by_role("button", name="Look at file").click()
    expect(page.locator("#form-errors")).to_contain_text("This file is a spreadsheet")
    assert axe(page) == []
