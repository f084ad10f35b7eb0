import re
from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import timezone

from collectors.demo import workspace

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
more_pages = pytest.mark.urls("tests.config.more_urls")


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def labels(html, of):
    """Texts of the links in one landmark."""
    landmark = re.search(rf'aria-label="{of}".*?</nav>', html, re.DOTALL).group()
    return re.findall(r"<span>(.*?)</span>", landmark)


# --- Navigation --------------------------------------------------------------------------------
def test_the_sidebar_lists_only_pages_that_exist(signed_in):
    html = signed_in.get("/help/").text
    assert "Help and API" in labels(html, "Main")
    assert "Overview" not in labels(html, "Main")
    assert ">Analyse<" not in html


@more_pages
def test_a_new_page_is_listed_by_existing(signed_in):
    html = signed_in.get("/compare/").text
    assert labels(html, "Main")[:4] == ["Overview", "Monitors", "Trends", "Compare"]
    assert ">Analyse<" in html
    assert re.search(r'href="/compare/" aria-current="page"', html)
    assert len(re.findall(r'href="/overview/" aria-current="page"', html)) == 0


@more_pages
def test_on_small_screens_analyse_is_one_tab_with_its_pages_as_tabs(signed_in):
    html = signed_in.get("/compare/").text
    bar = re.search(r'<nav class="tabbar".*?</nav>', html, re.DOTALL).group()
    assert re.findall(r"</svg>\s*(\w+)</", bar) == ["Overview", "Monitors", "Analyse", "More"]
    assert re.search(r'href="/trends/" aria-current="page"', bar)
    tabs = re.search(r'<nav class="tabs tabs-small-screen".*?</nav>', html, re.DOTALL).group()
    assert re.findall(r">(\w+)</a>", tabs) == ["Trends", "Compare"]
    more = labels(html, "More pages")
    assert "Runs" in more
    assert "Compare" not in more


@more_pages
def test_the_staff_group_is_for_staff(signed_in, alice):
    assert "System status" not in signed_in.get("/help/").text
    alice.is_staff = True
    alice.save()
    assert "System status" in labels(signed_in.get("/help/").text, "Main")


def test_a_visitor_of_the_demo_is_led_to_nothing_that_is_refused(client, db, settings):
    settings.DEMO = True
    workspace.prepare(now=timezone.now(), each=1)
    client.post("/demo/")
    html = client.get("/demo/").text
    assert 'href="/credentials/"' in html
    assert 'href="/settings/"' not in html


@more_pages
def test_keys_stand_on_the_links_and_in_the_list(signed_in):
    html = signed_in.get("/help/").text
    assert 'data-keys="g o"' in html
    assert "<dt>Overview</dt><dd><kbd>g</kbd><kbd>o</kbd></dd>" in html


def test_keys_can_be_switched_off(signed_in, alice):
    assert "data-shortcuts" in signed_in.get("/help/").text
    alice.shortcuts = False
    alice.save()
    html = signed_in.get("/help/").text
    assert "data-shortcuts" not in html
    assert "Single keys are switched off" in html


def test_the_order_of_the_frame_is_that_of_reading(signed_in):
    html = signed_in.get("/help/").text
    parts = ['class="skip"', 'class="sidebar"', 'class="topbar"', '<main id="main"']
    parts += ['class="tabbar"', 'id="commands"', 'id="confirm"', 'id="toasts"']
    places = [html.index(part) for part in parts]
    assert places == sorted(places)


def test_components_are_shown_to_staff_only(signed_in, alice):
    assert signed_in.get("/help/components/").status_code == 302
    alice.is_staff = True
    alice.save()
    assert signed_in.get("/help/components/").status_code == 200


# --- Theme -------------------------------------------------------------------------------------
def theme_of(answer):
    return re.search(r"<html lang=\"en-GB\"(?: data-theme=\"(\w+)\")?>", answer.text)[1]


def test_the_theme_follows_the_system_until_one_is_chosen(signed_in):
    assert theme_of(signed_in.get("/help/")) is None


def test_the_switch_keeps_the_choice_with_browser_and_person(signed_in, alice):
    answer = signed_in.post("/theme/", {"theme": "dark"}, HTTP_REFERER="http://testserver/help/")
    assert answer["Location"] == "http://testserver/help/"
    assert signed_in.cookies["theme"].value == "dark"
    alice.refresh_from_db()
    assert alice.theme == "dark"
    assert theme_of(signed_in.get("/help/")) == "dark"


def test_a_new_browser_starts_with_the_theme_of_the_person(signed_in, alice):
    alice.theme = "light"
    alice.save()
    assert theme_of(signed_in.get("/help/")) == "light"


def test_the_switch_works_before_signing_in(client, db):
    client.post("/theme/", {"theme": "dark"})
    assert theme_of(client.get("/offline/")) == "dark"


def test_a_made_up_theme_is_refused_and_ignored(signed_in):
    assert signed_in.post("/theme/", {"theme": "<pink>"}).status_code == 400
    signed_in.cookies["theme"] = "<pink>"
    assert theme_of(signed_in.get("/help/")) is None


def test_the_switch_leads_to_no_other_site(signed_in):
    answer = signed_in.post("/theme/", {"theme": "dark"}, HTTP_REFERER="https://evil.example/")
    assert answer["Location"] == "/"
    assert signed_in.get("/theme/").status_code == 405


# --- htmx --------------------------------------------------------------------------------------
def test_a_fragment_asked_for_after_signing_out_leads_the_page_to_sign_in(client, db):
    answer = client.get(
        "/help/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/help/?q=1"},
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/login/?next=%2Fhelp%2F%3Fq%3D1"


@pytest.mark.parametrize(
    "page", ["https://evil.example/x", "//evil.example/x", "javascript:alert(1)", "http://[", "x"]
)
def test_a_fragment_of_no_page_of_ours_leads_home_after_the_sign_in(client, db, page):
    answer = client.get("/help/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer["HX-Redirect"] == "/login/?next=%2F"


def test_a_page_asked_for_after_signing_out_is_redirected(client, db):
    assert client.get("/help/")["Location"] == "/login/?next=/help/"


@more_pages
def test_messages_are_toasts(signed_in):
    html = signed_in.get("/overview/").text
    toast = re.search(r'<div class="toast toast-ok" role="status">.*?</p>', html, re.DOTALL).group()
    assert "14 monitors added" in toast


# --- Safety ------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/help/", "/offline/", "/no/such/page/", "/worker.js"])
def test_every_answer_carries_the_strict_policy(signed_in, path):
    policy = signed_in.get(path)["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy


def test_the_offline_page_holds_nothing_of_anybody(signed_in, alice):
    html = signed_in.get("/offline/").text
    assert alice.email not in html
    assert "csrf" not in html.lower()


# --- Components --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("away", "words"),
    [
        ({}, "now"),
        ({"seconds": -59}, "now"),
        ({"minutes": -3}, "3 min ago"),
        ({"minutes": 13}, "in 13 min"),
        ({"minutes": 12, "seconds": 30}, "in 13 min"),
        ({"minutes": -119}, "1 h ago"),
        ({"hours": -30}, "1 day ago"),
        ({"days": -6, "hours": -23}, "6 days ago"),
        ({"days": -12}, "10 Nov"),
        ({"days": -400}, "18 Oct 2025"),
    ],
)
def test_a_time_is_relative_for_a_week(time_machine, away, words):
    time_machine.move_to(NOW, tick=False)
    html = render_to_string("components/time.html", {"moment": NOW + timedelta(**away)})
    assert f">{words}</time>" in html
    assert ("data-relative" in html) == ("now" in words or "ago" in words or "in " in words)


def test_the_title_of_a_time_is_the_full_local_time():
    with timezone.override("Europe/Stockholm"):
        html = render_to_string("components/time.html", {"moment": NOW})
    assert 'title="Sun 22 Nov 2026, 15:30 CET"' in html
    assert 'datetime="2026-11-22T14:30:00Z"' in html


class SampleForm(forms.Form):
    key = forms.CharField(label="API key", widget=forms.PasswordInput, help_text="From the console")
    note = forms.CharField(required=False)
    agree = forms.BooleanField()
    theme = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("dark", "Dark")], help_text="For this browser"
    )
    next = forms.CharField(widget=forms.HiddenInput, required=False)


def field(form, name):
    return render_to_string("components/field.html", {"field": form[name]})


def test_a_field_names_its_hint_and_its_error():
    form = SampleForm({"key": ""})
    html = field(form, "key")
    assert '<label for="id_key">API key</label>' in html
    assert 'aria-describedby="id_key_helptext id_key_error"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="id_key_helptext">From the console', html)
    assert "This field is required." in html
    assert 'aria-label="Show password"' in html


def test_an_optional_field_says_so():
    assert "(optional)" in field(SampleForm(), "note")
    assert "(optional)" not in field(SampleForm(), "key")


def test_a_group_of_controls_names_its_hint_and_its_error():
    html = field(SampleForm({}), "theme")
    assert '<fieldset aria-describedby="id_theme_helptext id_theme_error">' in html
    assert "<legend>Theme</legend>" in html


def test_a_checkbox_stands_before_its_label_and_a_hidden_field_alone():
    form = SampleForm()
    assert re.search(r'type="checkbox"[^>]*><label for="id_agree">Agree', field(form, "agree"))
    assert field(form, "next").strip() == '<input type="hidden" name="next" id="id_next">'


def test_the_summary_of_errors_links_to_the_fields_and_takes_focus():
    html = render_to_string("components/form_errors.html", {"form": SampleForm({})})
    assert 'role="alert" tabindex="-1" autofocus' in html
    assert '<a href="#id_key">API key</a>: This field is required.' in html
    assert render_to_string("components/form_errors.html", {"form": SampleForm()}).strip() == ""
