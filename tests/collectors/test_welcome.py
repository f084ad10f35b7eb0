"""The first pages: home leads on, Welcome lists what there is to do."""

import re

import pytest
from django.http import HttpResponse
from django.urls import NoReverseMatch, include, path, reverse


def ok(request):
    return HttpResponse("ok")


# The addresses with the pages of later floors.
urlpatterns = [
    path("", include("config.urls")),
    path("overview/", ok, name="overview"),
    path("credentials/", ok, name="credentials"),
    path("monitors/", ok, name="monitors"),
]


def steps(page):
    found = re.findall(r"<li>(.*?)</li>", page.get("/welcome/").text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", step).split()) for step in found if "<h3>" in step]


def test_home_asks_strangers_to_sign_in(visitor):
    assert visitor.get("/").url == "/login/"


def test_home_leads_to_welcome_while_there_is_no_overview(page):
    assert page.get("/").url == "/welcome/"


@pytest.mark.urls("tests.accounts.test_welcome")
def test_home_leads_to_the_overview_once_there_is_one(page):
    assert page.get("/").url == "/overview/"


def test_the_checklist_tells_what_is_done_and_what_is_not_there_yet(page):
    done = [step.endswith("Done") for step in steps(page)]
    absent = [step.endswith("Not available yet") for step in steps(page)]
    assert done == [True, True, False, False]
    assert absent == [False, False, *[not exists(name) for name in ("credentials", "monitors")]]


def exists(name):
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False


@pytest.mark.urls("tests.accounts.test_welcome")
def test_steps_lead_to_their_pages_once_these_exist(page):
    text = page.get("/welcome/").text
    assert 'href="/credentials/"' in text
    assert 'href="/monitors/"' in text
    assert "Not available yet" not in text


def test_no_link_is_dead(page):
    for path_ in ("/welcome/", "/settings/profile/", "/settings/security/", "/password/change/"):
        for link in set(re.findall(r'href="(/[^"#]*)"', page.get(path_).text)):
            if not link.startswith("/static/"):
                assert page.get(link, follow=True).status_code == 200, link
