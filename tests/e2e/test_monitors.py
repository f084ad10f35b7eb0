"""Monitors and runs in a real browser: keys, selection, dialogs, undo, polling, phones."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import axe

# Due in an hour, so that nothing is read while the test looks. Prints the ids of what was made.
MAKE = """
from datetime import UTC, datetime, timedelta
from accounts.models import User
from accounts.tenancy import tenant
from collectors.models import JobExecution, MonitoringJob
from platforms import actions, registry
from platforms.credentials import fields
from platforms.models import Entity
now = datetime.now(UTC)
given = {{"api_key": "AIzaSyB3x4mpleKeyOfNobody0123456789ab"}}
with tenant({pk}):
    maya = User.objects.get(pk={pk})
    key = actions.save_profile(
        by=maya, platform=registry.get("youtube"), name="Key {mark}", simulated=True,
        credentials=fields.parse(registry.get("youtube"), given))
    for letter in "ABCDEF":
        entity = Entity.objects.create(owner=maya, platform="youtube", profile=key,
            external_id=f"UC{mark}{{letter}}", handle=f"@{{letter}}{mark}",
            title=f"{{letter}} {mark}")
        job = MonitoringJob.objects.create(owner=maya, entity=entity, platform="youtube",
            interval_minutes=60, every_seconds=3600, next_run_at=now + timedelta(hours=1))
    for age, status in enumerate(["failed", "rate_limited", "success"]):
        due = now - timedelta(hours=age + 1)
        run = JobExecution.objects.create(owner=maya, job=job, run_token=1, due_at=due,
            status=status, started_at=due, completed_at=due + timedelta(seconds=9),
            error_code="" if status == "success" else "unavailable", error_text="No answer came.")
print(entity.pk, run.pk)
"""


class Made:
    """Six monitors of maya's, A to F, found by a word of their own; F has runs."""

    def __init__(self, mark, source, run):
        self.mark, self.source, self.run = mark, source, run
        self.path = f"/monitors/?q={mark}"

    def name(self, letter):
        return f"{letter} {self.mark}"


@pytest.fixture
def made(stack, maya):
    mark = uuid4().hex[:12]
    answer = stack.command("shell", "--verbosity=0", "-c", MAKE.format(pk=maya, mark=mark))
    assert answer.returncode == 0, answer.stderr
    return Made(mark, *answer.stdout.split())


def box(page, made, letter):
    return page.get_by_role("checkbox", name=f"Select {made.name(letter)}")


def row(page, made, letter):
    return page.get_by_role("row").filter(has_text=made.name(letter))


def test_keys_walk_select_and_open(look, made):
    page = look(made.path)
    for key, letter in (("j", "A"), ("j", "B"), ("k", "A")):
        page.keyboard.press(key)
        expect(page.get_by_role("link", name=made.name(letter))).to_be_focused()
    page.keyboard.press("x")
    expect(box(page, made, "A")).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(made.name("B"))


def test_shift_selects_a_range_and_the_bar_counts(look, made):
    page = look(made.path)
    bar = page.get_by_role("form", name="Selected monitors")
    expect(bar).to_be_hidden()
    box(page, made, "B").click()
    box(page, made, "E").click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    page.get_by_role("checkbox", name="Select all on this page").click()
    expect(bar).to_contain_text("6 selected")
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_pause_shows_at_once_and_can_be_undone(look, made, width):
    page = look(made.path, width=width)
    box(page, made, "A").click()
    box(page, made, "C").click()
    page.get_by_role("form", name="Selected monitors").get_by_role("button", name="Pause").click()
    expect(row(page, made, "A")).to_contain_text("Paused")
    expect(row(page, made, "B")).to_contain_text("Scheduled")
    assert made.mark in page.url
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("2 monitors resumed")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(row(page, made, "A").locator(".state")).not_to_contain_text("Paused")


def test_stopping_asks_keeps_the_safe_answer_in_focus_and_can_be_undone(look, made):
    page = look(made.path)
    page.get_by_role("button", name=f"Actions for {made.name('D')}").click()
    page.get_by_role("button", name="Stop monitoring").last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Stop monitoring {made.name('D')}?")
    expect(dialog.get_by_role("button", name="Keep monitoring")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(row(page, made, "D")).to_be_visible()
    page.get_by_role("button", name=f"Actions for {made.name('D')}").click()
    page.get_by_role("button", name="Stop monitoring").last.click()
    dialog.get_by_role("button", name="Stop monitoring").click()
    expect(row(page, made, "D")).to_have_count(0)
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(row(page, made, "D")).to_be_visible()


def test_the_cost_of_an_interval_is_shown_while_one_chooses(look, made):
    page = look(made.path)
    box(page, made, "A").click()
    page.get_by_role("button", name="Change interval").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Key {made.mark} would use")
    with page.expect_response("**/monitors/do/"):
        dialog.get_by_label("Collect every").select_option("120")
    expect(dialog).to_contain_text("Saves about")
    assert axe(page) == []
    dialog.get_by_role("button", name="Change interval").click()
    expect(row(page, made, "A")).to_contain_text("120 min")
    expect(dialog).to_be_hidden()


def test_typing_narrows_keeps_the_focus_and_stays_in_the_address(look, made):
    page = look("/monitors/")
    field = page.get_by_label("Filter by name")
    field.fill(made.mark)
    expect(page.get_by_role("row")).to_have_count(7)
    expect(field).to_be_focused()
    expect(field).to_have_value(made.mark)
    page.wait_for_url(f"**/monitors/?*q={made.mark}*")
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Failed").click()
    expect(page.get_by_text("No monitor matches")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("row")).to_have_count(7)


def test_the_table_asks_again_by_itself_and_loses_nothing(look, made):
    page = look("/help/")
    page.clock.install()
    page.goto(made.path)
    box(page, made, "B").click()
    page.get_by_role("link", name=made.name("C")).focus()
    with page.expect_response(lambda answer: made.mark in answer.url):
        page.clock.run_for(10_500)
    expect(box(page, made, "B")).to_be_checked()
    expect(page.get_by_role("link", name=made.name("C"))).to_be_focused()
    asked = []
    page.get_by_role("button", name="Change interval").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(25_000)
    assert [url for url in asked if "/monitors/" in url] == []


def test_everything_works_without_scripts(look, made):
    page = look(made.path, java_script_enabled=False)
    box(page, made, "A").check()
    page.get_by_role("button", name="Stop monitoring").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop monitoring")
    page.get_by_role("button", name="Stop monitoring").click()
    expect(page.locator("#toasts")).to_contain_text("1 source no longer monitored")
    page.goto(made.path)
    expect(page.get_by_role("row")).to_have_count(6)


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_every_part_is_accessible_and_fits(look, made, width):
    page = look(made.path, width=width)
    box(page, made, "A").click()
    paths = ["", f"/runs/{made.run}/", "/runs/", f"/sources/{made.source}/"]
    paths += [f"/sources/{made.source}/runs/", f"/sources/{made.source}/settings/"]
    for path in paths:
        if path:
            page.goto(path)
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            assert axe(page) == [], path


def test_a_menu_opens_over_the_table_and_its_keys_work(look, made):
    page = look(made.path)
    page.get_by_role("button", name=f"Actions for {made.name('F')}").press("Enter")
    expect(row(page, made, "F").get_by_role("button", name="Run now")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(page, made, "F").get_by_role("button", name="Pause")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(row(page, made, "F")).to_contain_text("Paused")


MAKE_MANY = """
from accounts.tenancy import tenant
from collectors.models import MonitoringJob
from platforms.models import Entity
with tenant({pk}):
    for n in range(60):
        entity = Entity.objects.create(owner_id={pk}, platform="youtube",
            external_id=f"UC{mark}{{n}}", handle=f"@many{mark}{{n}}")
        MonitoringJob.objects.create(owner_id={pk}, entity=entity, platform="youtube",
            interval_minutes=60, every_seconds=3600, pause_reason="by_person", next_run_at=None)
"""


def test_all_that_match_are_chosen_at_once_and_let_go_with_any_of_them(look, stack, maya):
    mark = uuid4().hex[:12]
    answer = stack.command("shell", "--verbosity=0", "-c", MAKE_MANY.format(pk=maya, mark=mark))
    assert answer.returncode == 0, answer.stderr
    page = look(f"/monitors/?q={mark}")
    bar = page.get_by_role("form", name="Selected monitors")
    first = page.get_by_role("checkbox", name=f"Select @many{mark}0")
    every = page.get_by_role("checkbox", name="All 60 that match")
    first.click()
    every.click()
    expect(bar).to_contain_text("50 selected")
    assert axe(page) == []
    first.click()
    expect(every).not_to_be_checked()
    every.click()
    bar.get_by_role("button", name="Stop monitoring").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Stop monitoring 60 sources?")
    dialog.get_by_role("button", name="Stop monitoring").click()
    expect(page.locator("#toasts")).to_contain_text("60 sources no longer monitored")
    expect(page.get_by_text("No monitor matches")).to_be_visible()
