"""Creating an account."""

import threading

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user, get_user_model
from django.db import connections
from django.test import Client

from tests.factories.accounts import PASSWORD, UserFactory

User = get_user_model()


def sign_up(visitor, email="dora@example.org", password=PASSWORD, **more):
    return visitor.post("/register/", {"email": email, "password1": password, **more})


def test_the_form_works_with_password_managers(visitor):
    page = visitor.get("/register/").text
    assert 'autocomplete="email"' in page
    assert 'autocomplete="new-password"' in page
    assert "A few unrelated words" in page
    assert "placeholder" not in page


def test_a_new_account_waits_for_its_verification(visitor, mailoutbox):
    answer = sign_up(visitor)
    assert (answer.status_code, answer.url) == (302, "/verify/")
    dora = User.objects.get()
    assert dora.email == "dora@example.org"
    assert not EmailAddress.objects.get(user=dora).verified
    assert [mail.to for mail in mailoutbox] == [["dora@example.org"]]
    assert not get_user(visitor).is_authenticated


@pytest.mark.parametrize("typed", ["Dora@Example.ORG", "  dora@example.org "])
def test_an_address_has_one_spelling(visitor, typed):
    sign_up(visitor, typed)
    assert User.objects.get().email == "dora@example.org"


def test_an_address_in_another_script_is_taken(visitor, mailoutbox):
    sign_up(visitor, "dora@bücher.example")
    assert User.objects.get().email == "dora@bücher.example"
    assert "xn--bcher-kva.example" in mailoutbox[0].message()["To"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("dora@faß.example", "dora@fass.example"),
        ("dora@example\N{LATIN SMALL LETTER LONG S}.org", "dora@examples.org"),
        ("dora@example.org\N{ZERO WIDTH SPACE}", "dora@example.org"),
        ("dora@xn--bcher-kva.example", "dora@bücher.example"),
        ("\N{KELVIN SIGN}ate@example.org", "kate@example.org"),
    ],
)
def test_an_address_is_kept_as_mail_finds_it(visitor, typed, kept):
    for address in (typed, kept):
        assert sign_up(visitor, address).status_code == 302
    assert User.objects.get().email == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "dora",
        "dora@",
        "dora@example",
        "dóra@example.org",
        f"{'d' * 64}@{'e' * 63}.{'f' * 63}.{'g' * 63}.org",  # 261 characters
        f"dora@{'é' * 60}.org",  # too long once written for the name system
        "dora@example.org\nBcc: bob@example.org",
        "d\N{LATIN SMALL LETTER DOTLESS I}ra@example.org",
        "dora\N{LATIN SMALL LETTER LONG S}@example.org",
        "do\x00ra@example.org",
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(visitor, typed, mailoutbox):
    answer = sign_up(visitor, typed)
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"]
    assert not User.objects.exists()
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Asia/Calcutta", "Asia/Calcutta"),  # an old name that browsers still send
        ("", "UTC"),
        ("Middle-earth/Shire", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("x" * 500, "UTC"),
    ],
)
def test_the_browsers_time_zone_is_kept_and_never_in_the_way(visitor, sent, kept):
    assert sign_up(visitor, time_zone=sent).status_code == 302
    assert User.objects.get().time_zone == kept


def test_the_script_of_the_page_fills_the_zone_in(visitor):
    assert "data-browser-zone" in visitor.get("/register/").text


def test_a_taken_address_gets_a_mail_and_no_second_account(visitor, mailoutbox, alice):
    answer = sign_up(visitor, "Alice@example.org", "another long pass phrase")
    assert (answer.status_code, answer.url) == (302, "/verify/")
    assert User.objects.count() == 1
    assert mailoutbox[0].subject == "You already have a Tidewatch account"
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_an_address_somebody_wants_to_change_to_still_belongs_to_its_owner(visitor, alice):
    EmailAddress.objects.create(user=alice, email="dora@example.org")
    sign_up(visitor, "dora@example.org")
    assert User.objects.filter(email="dora@example.org").exists()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_form_sent_twice_at_once_makes_one_account():
    answers, start = [], threading.Barrier(2)

    def send():
        client = Client()
        start.wait()
        answers.append(sign_up(client))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/verify/")] * 2
    assert User.objects.count() == 1


def test_who_is_signed_in_goes_home(visitor, alice):
    visitor.force_login(alice)
    assert visitor.get("/register/").url == "/"


def test_passwords_are_hashed_with_bcrypt_at_cost_12(visitor):
    sign_up(visitor)
    assert User.objects.get().password.startswith("bcrypt_sha256$$2b$12$")


def test_a_forged_form_is_refused(visitor):
    visitor.handler.enforce_csrf_checks = True
    assert sign_up(visitor).status_code == 403
    assert not User.objects.exists()


def test_too_many_attempts_are_told_when_to_come_back(visitor):
    for _ in range(20):
        sign_up(visitor, "no address")
    answer = sign_up(visitor, "no address")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "Too many attempts" in answer.text


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_errors_say_nothing_about_the_address(visitor, email):
    UserFactory(email="alice@example.org")
    answer = sign_up(visitor, email, "short")
    assert list(answer.context["form"].errors) == ["password1"]
