"""Settings, Security: the password and the sessions."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache

from accounts.browsers import in_words
from tests.accounts.conftest import Visitor
from tests.factories.accounts import NEW_PASSWORD, PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko)"


def signed_in(person, browser=FIREFOX, ip="192.0.2.7"):
    visitor = Visitor(headers={"user-agent": browser}, REMOTE_ADDR=ip)
    visitor.post("/login/", {"login": person.email, "password": PASSWORD})
    assert is_in(visitor)
    return visitor


def is_in(visitor):
    return visitor.get("/settings/appearance/").status_code == 200


@pytest.fixture
def desk(alice):
    return signed_in(alice)


@pytest.fixture
def phone(alice):
    return signed_in(alice, IPHONE, "2001:db8::5")


def sessions_of(person):
    return UserSession.objects.filter(user=person)


def test_the_list_says_who_is_signed_in_where(desk, phone):
    page = desk.get("/settings/security/").text
    for words in ("Firefox on Linux", "192.0.2.7", "Safari on iPhone", "2001:db8::5", "This one"):
        assert words in page
    assert page.index("Firefox on Linux") < page.index("Safari on iPhone")  # this one first


def test_other_peoples_sessions_are_not_listed(desk, bob):
    signed_in(bob, IPHONE)
    assert "iPhone" not in desk.get("/settings/security/").text


def test_one_session_ends_at_once(desk, phone, alice):
    session = sessions_of(alice).get(ip="2001:db8::5")
    key = phone.session.session_key
    answer = desk.post(f"/settings/security/{session.pk}/end/", follow=True)
    assert "The session of Safari on iPhone is ended." in answer.text
    assert not is_in(phone)
    assert is_in(desk)
    assert not Session.objects.filter(session_key=key).exists()


def test_the_other_sessions_end_at_once(desk, phone, alice):
    tablet = signed_in(alice, IPHONE, "198.51.100.1")
    answer = desk.post("/settings/security/end-others/", follow=True)
    assert "All other sessions are ended." in answer.text
    assert [is_in(visitor) for visitor in (desk, phone, tablet)] == [True, False, False]
    assert "End other sessions" not in answer.text


def test_nobody_ends_the_session_of_somebody_else(desk, bob):
    bobs_desk = signed_in(bob)
    session = sessions_of(bob).get()
    assert desk.post(f"/settings/security/{session.pk}/end/").status_code == 404
    desk.post("/settings/security/end-others/")
    assert is_in(bobs_desk)


@pytest.mark.parametrize("path", ["end-others/", "1/end/"])
def test_looking_ends_nothing(desk, path):
    assert desk.get(f"/settings/security/{path}").status_code == 405


def test_a_session_that_signed_out_is_listed_no_more(desk, phone):
    phone.post("/logout/")
    assert "iPhone" not in desk.get("/settings/security/").text


def test_a_session_is_noted_once_a_minute(desk, alice):
    sessions_of(alice).update(ip="203.0.113.9")
    is_in(desk)
    assert sessions_of(alice).get().ip == "203.0.113.9"
    cache.clear()  # as if a minute had passed
    is_in(desk)
    assert sessions_of(alice).get().ip == "192.0.2.7"


def change(visitor, old=PASSWORD, new=NEW_PASSWORD):
    return visitor.post("/password/change/", {"oldpassword": old, "password1": new}, follow=True)


def test_a_new_password_ends_the_other_sessions_and_says_so(desk, phone, alice, mailoutbox):
    assert "All your other sessions end" in desk.get("/password/change/").text
    answer = change(desk)
    assert answer.redirect_chain == [("/settings/security/", 302)]
    assert "Your password is changed. All other sessions are ended." in answer.text
    assert [is_in(desk), is_in(phone)] == [True, False]
    assert sessions_of(alice).count() == 1
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
    (notice,) = mailoutbox
    assert notice.to == ["alice@example.org"]
    assert "Firefox on Linux, IP address 192.0.2.7" in notice.body


def test_the_current_password_is_asked_for(desk, alice):
    answer = change(desk, old="a wrong pass phrase")
    assert answer.context["form"].errors["oldpassword"] == ["This is not your current password."]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_rules_for_passwords_hold(desk):
    assert "password1" in change(desk, new="alice@example.org").context["form"].errors


def test_password_managers_know_whose_password_it_is(desk):
    page = desk.get("/password/change/").text
    assert 'value="alice@example.org" autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="new-password"' in page


def test_guessing_the_current_password_is_limited(desk):
    for _ in range(5):
        change(desk, old="a wrong pass phrase")
    assert change(desk).status_code == 429


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        (f"{WINDOWS} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera on Windows"),
        (
            f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36",
            "Samsung Internet on Android",
        ),
        (f"{ANDROID} Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", "Safari on macOS"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("<b>", "Unknown browser"),
    ],
)
def test_browsers_are_named_in_words(user_agent, words):
    assert in_words(user_agent) == words
