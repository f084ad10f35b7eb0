"""Signing in and out."""

import pytest
from django.contrib.auth import get_user

from tests.accounts.conftest import Visitor
from tests.factories.accounts import PASSWORD, UserFactory


def sign_in(visitor, email="alice@example.org", password=PASSWORD, to="/login/", **more):
    return visitor.post(to, {"login": email, "password": password, **more})


def test_the_form_works_with_password_managers(visitor):
    page = visitor.get("/login/").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "placeholder" not in page


@pytest.mark.parametrize("typed", ["alice@example.org", "Alice@Example.org", " alice@example.org "])
def test_a_person_signs_in(visitor, alice, typed):
    answer = sign_in(visitor, typed)
    assert (answer.status_code, answer.url) == (302, "/")
    assert get_user(visitor) == alice


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@example.org", "a wrong pass phrase"),
        ("alice@example.org", f"{PASSWORD} "),  # a space counts
        ("nobody@example.org", PASSWORD),
    ],
)
def test_what_does_not_match_is_answered_in_one_sentence(visitor, alice, email, password):
    answer = sign_in(visitor, email, password)
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == [
        "The e-mail address and the password do not match."
    ]
    assert not get_user(visitor).is_authenticated


def test_a_typed_password_is_never_sent_back(visitor, alice):
    assert "a wrong pass phrase" not in sign_in(visitor, password="a wrong pass phrase").text


@pytest.mark.parametrize(
    ("wish", "destination"),
    [
        ("/settings/profile/", "/settings/profile/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver/settings/", "http://testserver/settings/"),
        ("http://testserver:31337/", "/"),  # another program on the same machine
        ("http://localhost/", "/"),  # an allowed host, and not this one
    ],
)
def test_the_way_on_leads_to_no_other_site(visitor, alice, wish, destination):
    assert sign_in(visitor, next=wish).url == destination


def test_a_page_that_needs_a_sign_in_comes_back_to_itself(visitor, alice):
    asked = visitor.get("/settings/security/")
    assert asked.url == "/login/?next=/settings/security/"
    assert 'value="/settings/security/"' in visitor.get(asked.url).text
    assert sign_in(visitor, to=asked.url).url == "/settings/security/"


def test_who_is_signed_in_goes_home(visitor, alice):
    visitor.force_login(alice)
    assert visitor.get("/login/").url == "/"


def test_a_new_session_begins(visitor, alice):
    visitor.get("/login/")
    session = visitor.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(visitor)
    assert visitor.session.session_key != before


@pytest.mark.parametrize(("remember", "age"), [({"remember": "on"}, 14 * 24 * 3600), ({}, "")])
def test_the_session_ends_with_the_browser_unless_asked(visitor, alice, remember, age):
    sign_in(visitor, **remember)
    assert visitor.cookies["tidewatch-session"]["max-age"] == age


def test_five_wrong_passwords_close_the_door_for_a_while(visitor, alice):
    for _ in range(5):
        sign_in(visitor, password="a wrong pass phrase")
    answer = sign_in(visitor)
    assert answer.context["form"].non_field_errors() == [
        "Too many failed attempts. Try again in 5 minutes."
    ]
    assert not get_user(visitor).is_authenticated


def test_another_host_header_opens_no_other_door(visitor, alice):
    for port in range(1, 6):
        visitor.defaults["HTTP_HOST"] = f"testserver:{port}"
        sign_in(visitor, password="a wrong pass phrase")
    assert "Too many failed attempts" in sign_in(Visitor()).text


def test_a_browser_that_the_account_knows_is_not_shut_out(visitor, other_browser, alice, bob):
    sign_in(visitor)
    visitor.post("/logout/")
    for _ in range(5):
        sign_in(other_browser, password="a wrong pass phrase")
    assert "Too many failed attempts" in sign_in(other_browser).text
    sign_in(visitor)
    assert get_user(visitor) == alice


def test_a_browser_is_known_to_the_accounts_of_its_sign_ins_only(
    visitor, other_browser, alice, bob
):
    sign_in(visitor, "bob@example.org")
    visitor.post("/logout/")
    for _ in range(5):
        sign_in(other_browser, password="a wrong pass phrase")
    for _ in range(2):
        assert "Too many failed attempts" in sign_in(visitor).text
        name, _, proof = visitor.cookies["tidewatch-device"].value.partition(":")
        visitor.cookies["tidewatch-device"] = f"{name}x:{proof}"


def test_a_known_browser_guesses_no_more_often(visitor, alice):
    sign_in(visitor)
    visitor.post("/logout/")
    for _ in range(5):
        sign_in(visitor, password="a wrong pass phrase")
    assert "Too many failed attempts" in sign_in(visitor).text


def test_the_browsers_proof_is_out_of_reach_of_scripts(visitor, alice):
    sign_in(visitor)
    cookie = visitor.cookies["tidewatch-device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "alice" not in cookie.value


def test_an_account_that_is_switched_off_says_so_only_to_its_owner(visitor):
    UserFactory(email="erin@example.org", is_active=False)
    assert sign_in(visitor, "erin@example.org", "a wrong pass phrase").status_code == 200
    answer = visitor.post(
        "/login/", {"login": "erin@example.org", "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain == [("/inactive/", 302)]
    assert "This account is switched off" in answer.text


def test_switching_an_account_off_ends_its_sessions(visitor, alice):
    visitor.force_login(alice)
    alice.is_active = False
    alice.save()
    assert visitor.get("/settings/profile/").url.startswith("/login/")


def test_signing_out_asks_and_ends_the_session(visitor, alice):
    visitor.force_login(alice)
    assert "Sign out?" in visitor.get("/logout/").text
    assert get_user(visitor) == alice
    answer = visitor.post("/logout/", follow=True)
    assert answer.redirect_chain[-1] == ("/login/", 302)
    assert "You are signed out." in answer.text
    assert not get_user(visitor).is_authenticated


def test_a_forged_form_is_refused(visitor, alice):
    visitor.handler.enforce_csrf_checks = True
    assert sign_in(visitor).status_code == 403


@pytest.mark.parametrize("path", ["/login/", "/register/", "/verify/", "/password/reset/"])
@pytest.mark.parametrize("method", ["head", "options"])
def test_questions_about_a_page_are_answered(visitor, path, method):
    answer = getattr(visitor, method)(path)
    assert answer.status_code in {200, 405}


@pytest.mark.parametrize("path", ["/login/", "/register/", "/password/reset/"])
def test_each_page_names_its_purpose_once(visitor, path):
    assert visitor.get(path).text.count("<h1") == 1
