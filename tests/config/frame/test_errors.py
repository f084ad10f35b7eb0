import json

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.test import Client, RequestFactory

from config.frame import errors

pytestmark = pytest.mark.urls("tests.config.more_urls")
ALL = [400, 403, 404, 429, 500]


@pytest.fixture
def browser(db):
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("status", ALL)
def test_a_failed_page_says_what_happened_and_leads_home(browser, status):
    answer = browser.get(f"/fail/{status}/")
    title, text = errors.WORDS[status]
    assert answer.status_code == status
    html = answer.text
    assert f"<h1>{title}</h1>" in html
    assert text in html
    assert 'href="/">Go to the start page' in html


@pytest.mark.parametrize("status", ALL)
def test_a_failed_fragment_is_a_toast(browser, status):
    answer = browser.get(f"/fail/{status}/", headers={"HX-Request": "true"})
    html = answer.text.strip()
    assert answer.status_code == status
    assert html.startswith('<div class="toast toast-bad" role="alert">')
    assert errors.WORDS[status][0] in html
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("status", ALL)
def test_a_program_gets_problem_details(browser, status):
    answer = browser.get(f"/api/fail/{status}/")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["status"] == status
    assert errors.WORDS[status][1] in problem["detail"]


def test_the_request_id_stands_on_the_page():
    request = RequestFactory().get("/anything/")
    request.id = "0199-abc"
    assert b"<code>0199-abc</code>" in errors.server_error(request).content


def test_the_failure_page_needs_no_database_and_no_session():
    """pytest-django bars the database here, and nobody has put a person on the request."""
    request = RequestFactory().get("/anything/")
    SessionMiddleware(lambda _: None).process_request(request)
    request.COOKIES["theme"] = "dark"
    answer = errors.server_error(request)
    assert answer.status_code == 500
    assert b'<html lang="en-GB" data-theme="dark">' in answer.content
    assert not request.session.accessed


def test_without_templates_the_words_are_still_said(settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": False}]
    answer = errors.server_error(RequestFactory().get("/anything/"))
    assert answer.status_code == 500
    assert answer.text == ". ".join(errors.WORDS[500])


def test_a_stale_form_is_told_apart_from_a_missing_right(db):
    answer = Client(enforce_csrf_checks=True).post("/form/")
    assert answer.status_code == 403
    assert errors.STALE_FORM[0] in answer.text


def test_an_address_that_does_not_exist(browser):
    assert browser.get("/no/such/page/").status_code == 404
