"""A forgotten password."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.db import connections
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import NEW_PASSWORD, PASSWORD, UserFactory


def ask(visitor, email="alice@example.org"):
    return visitor.post("/password/reset/", {"email": email})


def open_form(visitor, link):
    """Follow the mailed link to the form, whose address no longer holds the secret."""
    moved = visitor.get(link("/password/reset/"))
    assert moved.status_code == 302
    assert "set-password" in moved.url
    return moved.url


def test_a_person_chooses_a_new_password(visitor, alice, link, mailoutbox):
    assert ask(visitor, "Alice@Example.org").url == "/password/reset/sent/"
    assert mailoutbox[0].to == ["alice@example.org"]
    form = open_form(visitor, link)
    assert 'autocomplete="new-password"' in visitor.get(form).text
    answer = visitor.post(form, {"password1": NEW_PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/password/reset/done/", 302)]
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
    assert mailoutbox[-1].subject == "Your Tidewatch password was reset"


def test_it_ends_every_session(visitor, other_browser, alice, link):
    other_browser.post("/login/", {"login": alice.email, "password": PASSWORD})
    assert other_browser.get("/settings/profile/").status_code == 200
    ask(visitor)
    visitor.post(open_form(visitor, link), {"password1": NEW_PASSWORD})
    assert other_browser.get("/settings/profile/").status_code == 302


def test_a_link_works_once(visitor, alice, link):
    ask(visitor)
    mailed = link("/password/reset/")
    visitor.post(open_form(visitor, link), {"password1": NEW_PASSWORD})
    answer = visitor.get(mailed)
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_link_works_once_also_for_two_at_the_same_moment(mailoutbox):
    alice = UserFactory(email="alice@example.org")
    ask(Client())
    link = re.search(r"/password/reset/\S+-\S+", mailoutbox[0].body)[0]
    start = threading.Barrier(3)

    def choose(password):
        client = Client()
        form = client.get(link).url
        start.wait()
        answer = client.post(form, {"password1": password})
        connections.close_all()
        return answer.status_code

    words = [f"{NEW_PASSWORD} {number}" for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(choose, words))
    assert sorted(answers) == [302, 404, 404]
    alice.refresh_from_db()
    assert alice.check_password(words[answers.index(302)])


def test_a_link_works_for_one_hour(visitor, alice, link):
    ask(visitor)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert visitor.get(link("/password/reset/")).status_code == 404


def test_the_rules_for_passwords_hold(visitor, alice, link):
    ask(visitor)
    form = open_form(visitor, link)
    answer = visitor.post(form, {"password1": "alice@example.org"})
    assert "too similar to the e-mail address" in answer.text
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_it_verifies_the_address_that_got_the_link(visitor, link):
    dora = UserFactory(email="dora@example.org", address__verified=False)
    ask(visitor, dora.email)
    visitor.post(open_form(visitor, link), {"password1": NEW_PASSWORD})
    visitor.post("/login/", {"login": dora.email, "password": NEW_PASSWORD})
    assert get_user(visitor) == dora


def test_an_address_that_waits_for_its_verification_opens_no_account(visitor, alice, mailoutbox):
    EmailAddress.objects.create(user=alice, email="mallory@example.org")
    ask(visitor, "mallory@example.org")
    assert [mail.subject for mail in mailoutbox] == ["No Tidewatch account with this address"]


def test_an_account_that_is_switched_off_stays_off(visitor, mailoutbox):
    UserFactory(email="erin@example.org", is_active=False)
    ask(visitor, "erin@example.org")
    assert [mail.subject for mail in mailoutbox] == ["No Tidewatch account with this address"]


def test_asking_too_often_is_told_when_to_come_back(visitor, alice):
    for _ in range(5):
        assert ask(visitor).status_code == 302
    answer = ask(visitor)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"


def test_a_mistyped_address_is_told_so(visitor, mailoutbox):
    answer = ask(visitor, "alice")
    assert answer.context["form"].errors["email"]
    assert mailoutbox == []
