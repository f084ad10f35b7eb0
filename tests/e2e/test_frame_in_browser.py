"""The frame of every page in a real browser, against the running product."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect


# --- Theme -------------------------------------------------------------------------------------
def test_the_switch_cycles_without_a_reload_and_is_kept(look):
    page = look("/help/", theme="system")
    page.evaluate("window.stays = true")
    shown = "document.documentElement.dataset.theme"
    for theme in ("light", "dark"):
        with page.expect_response("**/theme/"):
            page.get_by_role("button", name="Theme:").click()
        assert page.evaluate(shown) == theme
    assert page.evaluate("window.stays")
    page.reload()
    assert page.evaluate(shown) == "dark"


def test_the_switch_works_without_script(look):
    page = look("/help/", theme="system", java_script_enabled=False)
    page.get_by_role("button", name="Theme:").click()
    assert page.url.endswith("/help/")
    assert page.locator("html").get_attribute("data-theme") == "light"


# --- Commands and keys -------------------------------------------------------------------------
def test_a_command_is_found_by_typing_and_run_by_enter(look):
    page = look("/help/components/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    field.press_sequentially("doc api")
    expect(page.locator("#results").get_by_role("option")).to_have_text("Help and API")
    expect(page.get_by_role("group", name="Actions")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/")


def test_the_arrows_choose_a_command_and_escape_leads_back(look):
    page = look("/help/")
    opener = page.get_by_role("button", name="Search pages and commands")
    opener.click()
    field = page.get_by_role("combobox", name="Search")
    first = field.get_attribute("aria-activedescendant")
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") != first
    field.press("ArrowUp")
    field.press("ArrowUp")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_text("Sign out")
    field.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_search_without_a_match_says_so(look):
    page = look("/help/")
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Search").fill("zzz")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_single_keys_do_nothing_inside_a_field(look):
    page = look("/help/components/")
    page.get_by_label("Name", exact=True).press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_two_keys_open_a_page(look):
    page = look("/help/components/")
    page.evaluate("document.querySelector('.nav-foot a').dataset.keys = 'g h'")
    page.keyboard.press("h")
    assert page.url.endswith("/help/components/")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/help/")


def test_a_menu_is_walked_with_the_arrows(look):
    page = look("/help/")
    avatar = page.get_by_role("button", name="Account of")
    avatar.focus()
    page.keyboard.press("Enter")
    menu = page.locator("#account-menu")
    expect(menu.locator("a, button").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_text("Sign out")).to_be_focused()
    page.keyboard.press("Escape")
    expect(avatar).to_be_focused()
    expect(menu).to_be_hidden()


def test_more_pages_are_behind_the_last_tab_of_a_phone(look):
    page = look("/help/", width=390)
    page.get_by_role("button", name="More").click()
    page.get_by_role("navigation", name="More pages").get_by_text("Settings").click()
    page.wait_for_url("**/settings/**")


# --- Questions and answers ---------------------------------------------------------------------
def test_a_question_is_asked_before_what_cannot_be_undone(look):
    page = look("/help/components/")
    page.get_by_role("button", name="Stop monitoring").click()
    question = page.get_by_role("dialog", name="Stop monitoring 2 sources?")
    expect(question.get_by_role("button", name="Keep monitoring")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    assert page.locator("#form-errors").count() == 0
    page.get_by_role("button", name="Stop monitoring").click()
    question.get_by_role("button", name="Stop monitoring").click()
    expect(page.locator("#form-errors")).to_be_focused()  # the sample form was sent, empty


def test_htmx_asks_in_the_same_dialog(look):
    page = look("/help/components/")
    question = page.get_by_role("dialog", name="Collect 2 sources now?")
    toast = page.locator("#toasts .toast")
    page.get_by_role("button", name="Collect now").click()
    question.get_by_role("button", name="Wait for the schedule").click()
    page.get_by_role("button", name="Collect now").click()
    question.get_by_role("button", name="Collect now").click()
    expect(toast).to_have_count(1)


def test_the_gravest_question_wants_the_name_typed(look):
    page = look("/help/components/")
    page.get_by_role("button", name="Delete all data").click()
    question = page.get_by_role("dialog", name="Delete all data?")
    yes = question.get_by_role("button", name="Delete all data")
    expect(yes).to_be_disabled()
    question.get_by_label("Type maya@example.org to confirm").fill("maya@example.org")
    expect(yes).to_be_enabled()


def test_an_error_of_a_fragment_is_a_toast_and_the_region_rests(look):
    page = look("/help/components/")
    page.get_by_role("button", name="Ask for an error").click()
    toast = page.locator("#toasts").get_by_role("alert")
    expect(toast).to_contain_text("This request could not be read")
    expect(page.locator("#sample-answer")).to_have_text("The answer of the server stands here")
    expect(page.locator("#sample-answer")).not_to_have_attribute("aria-busy", "true")
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_be_hidden()


def test_a_fragment_brings_its_messages_as_toasts(look):
    page = look("/help/components/")
    page.get_by_role("button", name="Ask for news").click()
    expect(page.locator("#toasts").get_by_role("status")).to_contain_text("14 monitors added")


def test_three_toasts_are_the_most(look):
    page = look("/help/components/")
    stop_clock(page)
    for _ in range(4):
        with page.expect_response("**/components/?answer=news"):
            page.get_by_role("button", name="Ask for news").click()
    page.get_by_role("button", name="Ask for an error").click()
    expect(page.locator("#toasts .toast-bad")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(3)


def test_a_lost_network_is_said_once(look):
    page = look("/help/components/")
    page.context.set_offline(True)
    for _ in range(2):
        page.get_by_role("button", name="Ask for an error").click()
    expect(page.locator("#toasts .toast-title")).to_have_text(["No connection"])


def test_good_news_leaves_after_six_seconds(look):
    page = look("/help/components/")
    stop_clock(page)
    page.get_by_label("API key").fill("a long enough key")
    page.get_by_role("button", name="Save credential").click()
    toast = page.locator("#toasts").get_by_text("Credential saved")
    expect(toast).to_be_visible()
    page.clock.run_for(5500)
    expect(toast).to_be_visible()
    page.clock.run_for(1000)
    expect(toast).to_be_hidden()


def test_a_password_can_be_shown(look):
    page = look("/help/components/")
    field = page.get_by_label("API key")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "password")


def test_relative_times_stay_true(look):
    page = look("/help/")
    page.clock.install()
    page.goto("/help/components/")
    time = page.get_by_text("3 min ago").last
    page.clock.run_for(125_000)
    expect(page.get_by_text("5 min ago").last).to_be_visible()
    assert time.count() == 0


def stop_clock(page):
    """From now on time passes in the page when the test says so, however slow the machine is."""
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))
