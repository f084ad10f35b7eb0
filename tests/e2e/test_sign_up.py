"""From nothing to a signed-in person and out again, by keyboard, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import browser as chromium
from tests.factories.accounts import NEW_PASSWORD

NORA = {"email": "nora@example.org", "password": NEW_PASSWORD}


def tab_to(page, control):
    """Press Tab until the control has the focus."""
    for _ in range(60):
        if control.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {control}")


def type_into(page, name, text):
    tab_to(page, page.locator(f"input[name={name}]"))
    page.keyboard.type(text)


def press(page, role, name):
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def mailed_link(stack, path):
    """The link in the newest mail to Nora, as the file under var/mail shows it."""
    mails = [file.read_text() for file in sorted((stack.var / "mail").glob("*.eml"))]
    to_nora = [mail for mail in mails if f"To: {NORA['email']}" in mail]
    return re.findall(rf"^{stack.url}{path}\S+$", to_nora[-1], re.MULTILINE)[0]


def sign_up(page, stack):
    """Fill in the form, read the mail, follow its link."""
    type_into(page, "email", NORA["email"])
    type_into(page, "password1", NORA["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/")
    page.goto(mailed_link(stack, "/verify/"))
    press(page, "button", "Verify address")
    page.wait_for_url("**/login/")
    expect(page.get_by_text("nora@example.org is verified. Sign in now.")).to_be_visible()


def sign_in(page):
    type_into(page, "login", NORA["email"])
    type_into(page, "password", NORA["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/welcome/")


def end_other_sessions(page):
    press(page, "link", "Settings")
    page.wait_for_url("**/settings/profile/")
    press(page, "link", "Security")
    page.wait_for_url("**/settings/security/")
    expect(page.get_by_role("row")).to_have_count(3)  # the head, this one, the other one
    press(page, "button", "End other sessions")
    expect(page.get_by_text("All other sessions are ended.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)


def sign_out(page):
    press(page, "button", "Account of nora@example.org")
    press(page, "button", "Sign out")
    page.wait_for_url("**/login/")


def test_a_person_signs_up_ends_a_session_and_signs_out_by_keyboard(look, browser, stack):
    asked_to_sign_in = f"{stack.url}/login/?next=/settings/profile/"
    page = look("/register/", signed_in=False)
    sign_up(page, stack)
    sign_in(page)
    with chromium.window(browser, stack.url, width=390) as window:
        chromium.sign_in(window, **NORA)
        phone = window.new_page()
        phone.goto("/settings/profile/")
        expect(phone.get_by_role("heading", name="Settings")).to_be_visible()
        end_other_sessions(page)
        phone.reload()
        expect(phone).to_have_url(asked_to_sign_in)
    sign_out(page)
    page.goto("/settings/profile/")
    expect(page).to_have_url(asked_to_sign_in)


def test_signing_up_works_without_scripts(look, stack):
    page = look("/register/", signed_in=False, java_script_enabled=False)
    page.locator("input[name=email]").fill("olga@example.org")
    page.locator("input[name=password1]").fill(NORA["password"])
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{stack.url}/verify/")


def test_the_browsers_time_zone_is_filled_in(look):
    page = look("/register/", signed_in=False, timezone_id="Asia/Tokyo")
    expect(page.locator("input[name=time_zone]")).to_have_value("Asia/Tokyo")
