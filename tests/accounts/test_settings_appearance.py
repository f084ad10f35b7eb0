"""Settings, Appearance: theme and keys."""

import pytest


def save(page, **choice):
    return page.post("/settings/appearance/", choice)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_with_the_person_and_shown_at_once(page, alice, theme):
    assert save(page, theme=theme).url == "/settings/appearance/"
    alice.refresh_from_db()
    assert alice.theme == theme
    assert f'data-theme="{theme}"' in page.get("/settings/appearance/").text


def test_the_choice_wins_over_what_this_browser_had(page):
    page.cookies["theme"] = "dark"
    save(page, theme="light")
    assert 'data-theme="light"' in page.get("/settings/appearance/").text


def test_following_the_system_sets_no_theme(page):
    save(page, theme="dark")
    save(page, theme="system")
    assert "data-theme" not in page.get("/settings/appearance/").text


def test_another_browser_shows_the_persons_theme(page, other_browser, alice):
    save(page, theme="dark")
    alice.refresh_from_db()
    other_browser.force_login(alice)
    assert 'data-theme="dark"' in other_browser.get("/welcome/").text


def test_single_keys_can_be_switched_off(page, alice):
    assert "data-shortcuts" in page.get("/settings/appearance/").text
    save(page, theme="system")
    alice.refresh_from_db()
    assert alice.shortcuts is False
    assert "data-shortcuts" not in page.get("/settings/appearance/").text


@pytest.mark.parametrize("theme", ["neon", "", "dark\x00"])
def test_an_unknown_theme_is_refused(page, alice, theme):
    answer = save(page, theme=theme)
    assert answer.status_code == 422
    assert answer.context["form"].errors["theme"]
    alice.refresh_from_db()
    assert alice.theme == "system"
