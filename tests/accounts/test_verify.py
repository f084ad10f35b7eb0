"""Verifying an e-mail address."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth import get_user
from django.utils import timezone

from tests.accounts.test_sign_up import sign_up
from tests.factories.accounts import PASSWORD, UserFactory


@pytest.fixture
def dora(db):
    return UserFactory(email="dora@example.org", address__verified=False)


@pytest.fixture
def doras_link(dora):
    address = EmailAddress.objects.get(user=dora)
    return f"/verify/{EmailConfirmationHMAC(address).key}/"


def is_verified(person):
    return EmailAddress.objects.get(user=person).verified


def test_the_mail_leads_to_one_button_and_then_to_the_sign_in(visitor, link):
    sign_up(visitor)
    page = visitor.get(link("/verify/"))
    assert "dora@example.org" in page.text
    assert "Verify address" in page.text
    answer = visitor.post(link("/verify/"), follow=True)
    assert answer.redirect_chain == [("/login/", 302)]
    assert "dora@example.org is verified. Sign in now." in answer.text


@pytest.mark.parametrize("look", ["get", "head", "options"])
def test_opening_the_link_alone_verifies_nothing(visitor, dora, doras_link, look):
    # Mail scanners open links.
    assert getattr(visitor, look)(doras_link).status_code == 200
    assert not is_verified(dora)


def test_a_link_works_once(visitor, dora, doras_link):
    visitor.post(doras_link)
    assert is_verified(dora)
    for answer in (visitor.get(doras_link), visitor.post(doras_link)):
        assert answer.status_code == 404
        assert "This link does not work" in answer.text


def test_a_link_works_for_three_days(visitor, dora, doras_link):
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        answer = visitor.post(doras_link)
    assert answer.status_code == 404
    assert not is_verified(dora)


@pytest.mark.parametrize("key", ["nonsense", "MQ:1abc:forged-signature", "ä", "a" * 3000])
def test_a_wrong_link_offers_a_new_one(visitor, key):
    answer = visitor.get(f"/verify/{key}/")
    assert answer.status_code == 404
    assert "Send mail again" in answer.text


def test_a_new_link_can_be_sent(visitor, dora, doras_link, link, mailoutbox):
    answer = visitor.post("/verify/", {"email": "Dora@example.org"}, follow=True)
    assert "A mail to dora@example.org is on its way." in answer.text
    assert len(mailoutbox) == 1
    visitor.post(link("/verify/"))
    assert is_verified(dora)


def test_the_address_is_filled_in_for_sending_again(visitor):
    sign_up(visitor)
    assert 'value="dora@example.org"' in visitor.get("/verify/").text


def test_nobody_can_flood_a_mailbox(visitor, dora, mailoutbox):
    for _ in range(3):
        answer = visitor.post("/verify/", {"email": "dora@example.org"}, follow=True)
    assert len(mailoutbox) == 1
    assert "less than 3 minutes ago" in answer.text


def test_asking_again_without_an_address_is_told_so(visitor):
    answer = visitor.post("/verify/", {"email": ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors["email"]


@pytest.mark.parametrize(
    ("email", "subject"),
    [
        ("dora@example.org", "Verify your e-mail address for Tidewatch"),
        ("alice@example.org", "You already have a Tidewatch account"),
        ("nobody@example.org", "No Tidewatch account with this address"),
    ],
)
def test_only_the_mailbox_learns_what_there_is(visitor, dora, alice, mailoutbox, email, subject):
    answer = visitor.post("/verify/", {"email": email}, follow=True)
    page = answer.text.replace(email, "…")
    assert "A mail to … is on its way." in page
    assert [mail.subject for mail in mailoutbox] == [subject]


def test_asking_too_often_is_told_when_to_come_back(visitor):
    for number in range(20):
        visitor.post("/verify/", {"email": f"person{number}@example.org"})
    answer = visitor.post("/verify/", {"email": "one.more@example.org"})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"


def test_verifying_for_somebody_else_signs_nobody_out(visitor, alice, dora, doras_link):
    visitor.force_login(alice)
    visitor.get(doras_link)
    answer = visitor.post(doras_link)
    assert answer.url == "/settings/profile/"
    assert is_verified(dora)
    assert get_user(visitor) == alice


def test_the_first_to_verify_an_address_has_it(visitor, dora, alice, doras_link):
    wish = EmailAddress.objects.create(user=alice, email="dora@example.org")
    wished = f"/verify/{EmailConfirmationHMAC(wish).key}/"
    answer = visitor.post(wished, follow=True)
    assert "dora@example.org belongs to another account." in answer.text
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    visitor.post(doras_link)
    assert is_verified(dora)
    assert "belongs to another account" in visitor.get(wished).text


def test_without_it_the_right_password_opens_nothing(visitor, dora, mailoutbox):
    answer = visitor.post("/login/", {"login": dora.email, "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/verify/")
    assert not get_user(visitor).is_authenticated
    assert mailoutbox[0].subject == "Verify your e-mail address for Tidewatch"
