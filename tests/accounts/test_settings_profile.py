"""Settings, Profile: name, time zone, e-mail address."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user

from tests.factories.accounts import PASSWORD


def save(page, **changes):
    return page.post(
        "/settings/profile/", {"name": "Alice", "time_zone": "Europe/Berlin", **changes}
    )


def change_address(page, email):
    return page.post("/settings/email/", {"email": email, "action_add": ""}, follow=True)


@pytest.fixture
def confirmed(page):
    """The password was typed once more, as changes of the address ask for it."""
    page.get("/settings/email/")
    change_address(page, "not.yet@example.org")
    page.post("/reauthenticate/?next=/settings/email/", {"password": PASSWORD})
    EmailAddress.objects.filter(verified=False).delete()
    return page


@pytest.mark.parametrize(
    "path",
    [
        "/settings/profile/",
        "/settings/email/",
        "/settings/security/",
        "/settings/appearance/",
        "/password/change/",
        "/reauthenticate/",
        "/welcome/",
    ],
)
def test_strangers_are_asked_to_sign_in(visitor, path):
    assert visitor.get(path).url == f"/login/?next={path}"


def test_settings_open_with_the_profile(page):
    assert page.get("/settings/").url == "/settings/profile/"


@pytest.mark.parametrize("path", ["profile", "email", "security", "appearance"])
def test_a_page_of_one_person_is_kept_by_no_cache(page, path):
    assert "no-store" in page.get(f"/settings/{path}/")["Cache-Control"]


def test_a_name_and_a_zone_are_saved(page, alice):
    answer = save(page, name="Alice Ünal", time_zone="America/New_York")
    assert answer.url == "/settings/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.time_zone) == ("Alice Ünal", "America/New_York")


def test_the_zones_are_offered(page):
    assert '<option value="Pacific/Auckland">' in page.get("/settings/profile/").text


@pytest.mark.parametrize("zone", ["Middle-earth/Shire", "", "../UTC", "Europe/Berlin\x00"])
def test_an_unknown_zone_is_refused_with_a_sentence(page, alice, zone):
    answer = save(page, time_zone=zone)
    assert answer.status_code == 422
    assert answer.context["form"].errors["time_zone"]
    alice.refresh_from_db()
    assert alice.time_zone == "Europe/Berlin"


def test_the_browsers_zone_is_one_press_away(page, alice):
    page.post("/settings/profile/", {"browser_zone": "Asia/Tokyo"})
    alice.refresh_from_db()
    assert (alice.name, alice.time_zone) == ("Alice", "Asia/Tokyo")


def test_a_zone_that_the_database_lost_breaks_no_page(page, alice):
    alice.time_zone = "Atlantis/Harbour"
    alice.save()
    assert page.get("/settings/profile/").status_code == 200


def test_a_name_that_is_too_long_is_refused(page):
    assert save(page, name="A" * 101).status_code == 422


def test_a_name_is_shown_as_text(page, alice):
    save(page, name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page.get("/settings/profile/").text


def test_a_new_address_asks_for_the_password_first(page, alice, mailoutbox):
    answer = change_address(page, "alice@new.example")
    assert answer.redirect_chain == [("/reauthenticate/?next=%2Fsettings%2Femail%2F", 302)]
    assert mailoutbox == []
    answer = page.post(answer.redirect_chain[0][0], {"password": PASSWORD}, follow=True)
    assert "Waiting for alice@new.example" in answer.text
    assert [mail.to for mail in mailoutbox] == [["alice@new.example"]]
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_a_wrong_password_changes_no_address(page, alice, mailoutbox):
    change_address(page, "alice@new.example")
    answer = page.post("/reauthenticate/?next=/settings/email/", {"password": "wrong"})
    assert answer.context["form"].errors["password"] == ["This is not your password."]
    assert mailoutbox == []


def test_the_new_address_counts_once_it_is_verified(confirmed, alice, link, mailoutbox):
    change_address(confirmed, "Alice@New.example")
    mailed = link("/verify/")
    assert "alice@new.example" in confirmed.get("/settings/profile/").text
    mailoutbox.clear()
    answer = confirmed.post(mailed)
    assert answer.url == "/settings/profile/"
    alice.refresh_from_db()
    assert alice.email == "alice@new.example"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("alice@new.example", True, True)
    ]
    (notice,) = mailoutbox
    assert notice.to == ["alice@example.org"]
    assert "Now: alice@new.example" in notice.body


def test_a_change_can_be_taken_back(confirmed, alice, link):
    change_address(confirmed, "alice@new.example")
    mailed = link("/verify/")
    confirmed.post("/settings/email/", {"email": "alice@new.example", "action_remove": ""})
    assert confirmed.post(mailed).status_code == 404
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_a_second_wish_replaces_the_first(confirmed):
    for email in ("one@new.example", "two@new.example"):
        change_address(confirmed, email)
    assert EmailAddress.objects.get(verified=False).email == "two@new.example"


def test_the_only_address_cannot_be_removed(confirmed, alice):
    confirmed.post("/settings/email/", {"email": "alice@example.org", "action_remove": ""})
    assert EmailAddress.objects.get(user=alice).verified


@pytest.mark.parametrize("email", ["alice@example.org", "alice", "", f"{'a' * 250}@example.org"])
def test_an_address_that_cannot_be_taken_is_told_so(confirmed, email, mailoutbox):
    before = len(mailoutbox)
    answer = change_address(confirmed, email)
    assert answer.context["form"].errors["email"]
    assert len(mailoutbox) == before


def test_an_address_of_somebody_else_is_answered_like_a_free_one(confirmed, bob):
    taken = change_address(confirmed, "bob@example.org").text.replace("bob@", "…@")
    free = change_address(confirmed, "carl@example.org").text.replace("carl@", "…@")
    assert "Waiting for …@example.org" in taken
    assert taken.count("…@") == free.count("…@")


def test_who_signed_in_with_a_new_address_uses_it(confirmed, other_browser, link):
    change_address(confirmed, "alice@new.example")
    confirmed.post(link("/verify/"))
    for email, expected in (("alice@example.org", False), ("alice@new.example", True)):
        other_browser.post("/login/", {"login": email, "password": PASSWORD})
        assert get_user(other_browser).is_authenticated is expected
