"""People in the staff's admin."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model

from tests.accounts.conftest import Visitor
from tests.factories.accounts import PASSWORD, UserFactory

User = get_user_model()


@pytest.fixture
def staff(visitor):
    visitor.force_login(UserFactory(email="sam@example.org", is_staff=True, is_superuser=True))
    return visitor


def test_the_staff_signs_in_where_everybody_does(visitor, staff):
    stranger = Visitor()
    asked = stranger.get("/admin/", follow=True)
    assert asked.redirect_chain[-1][0].startswith("/login/?next=")
    answer = stranger.post(
        asked.redirect_chain[-1][0], {"login": "sam@example.org", "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain[-1] == ("/admin/", 302)
    assert answer.status_code == 200


def test_other_people_are_refused(visitor, alice):
    visitor.force_login(alice)
    assert visitor.get("/admin/", follow=True).status_code == 403


def test_people_are_listed_and_found(staff, alice, bob):
    page = staff.get("/admin/accounts/user/?q=ali").text
    assert "alice@example.org" in page
    assert "bob@example.org" not in page
    assert "Europe/Berlin" in page


def test_people_are_filtered(staff, alice):
    page = staff.get("/admin/accounts/user/?is_staff__exact=1").text
    assert "sam@example.org" in page
    assert "alice@example.org" not in page


def test_a_filter_that_makes_no_sense_is_dropped(staff):
    assert staff.get("/admin/accounts/user/?last_login__gte=x").url == "/admin/accounts/user/?e=1"


def test_no_page_shows_a_secret(staff, alice):
    for path in (f"user/{alice.pk}/change/", "user/"):
        page = staff.get(f"/admin/accounts/{path}").text
        assert alice.password.rpartition("$")[2] not in page


def test_a_session_key_cannot_be_guessed_letter_by_letter(staff):
    for query in ("session_key__startswith=a", "session_key=a"):
        assert staff.get(f"/admin/usersessions/usersession/?{query}").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?email=%00",
        "accounts/user/?name__regex=(((",
        "accounts/user/?last_login__year=-1",
        f"accounts/user/?last_login__year={'9' * 30}",
        "usersessions/usersession/?ip=x",
    ],
)
def test_an_address_that_cannot_be_read_is_told_so(staff, address):
    answer = staff.get(f"/admin/{address}")
    assert answer.status_code == 400
    assert "could not be read" in answer.text


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("accounts/user/", {"action": "delete_selected", "_selected_action": "x"}),
        ("django_celery_beat/crontabschedule/add/", {"minute": "-1", "timezone": "UTC"}),
        ("django_celery_beat/periodictask/add/", {"kwargs": "[" * 100_000}),
    ],
)
def test_a_form_that_cannot_be_read_is_told_so(staff, page, form):
    assert staff.post(f"/admin/{page}", form).status_code in {200, 400}


def test_an_account_is_switched_off(staff, alice):
    path = f"/admin/accounts/user/{alice.pk}/change/"
    form = {"name": "Alice", "time_zone": "UTC", "theme": "system"}
    answer = staff.post(path, form)
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active


def test_the_address_is_its_owners_to_change(staff, alice):
    path = f"/admin/accounts/user/{alice.pk}/change/"
    form = {"email": "x@example.org", "name": "", "time_zone": "UTC", "theme": "dark"}
    staff.post(path, form)
    alice.refresh_from_db()
    assert (alice.email, alice.theme) == ("alice@example.org", "dark")


def add(staff, email):
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    return staff.post("/admin/accounts/user/add/", {"email": email, **passwords})


def test_a_person_is_added_and_verifies_at_the_first_sign_in(staff, mailoutbox):
    assert add(staff, " Dora@Example.org").status_code == 302
    dora = User.objects.get(email="dora@example.org")
    assert dora.password.startswith("bcrypt_sha256$$2b$12$")
    answer = Visitor().post("/login/", {"login": dora.email, "password": PASSWORD})
    assert answer.url == "/verify/"
    assert mailoutbox[0].to == ["dora@example.org"]


def test_an_address_is_given_to_one_person_only(staff, alice):
    assert add(staff, "ALICE@example.org").context["adminform"].form.errors["email"]


def test_sessions_are_found_and_ended(staff, alice):
    desk = Visitor()
    desk.post("/login/", {"login": alice.email, "password": PASSWORD})
    session = UserSession.objects.get(user=alice)
    page = staff.get("/admin/usersessions/usersession/?q=alice").text
    assert "alice@example.org" in page
    detail = staff.get(f"/admin/usersessions/usersession/{session.pk}/change/").text
    assert session.session_key not in page + detail
    staff.post(f"/admin/usersessions/usersession/{session.pk}/delete/", {"post": "yes"})
    assert desk.get("/settings/profile/").status_code == 302


def test_a_superuser_made_on_the_command_line_signs_in(db, mailoutbox):
    User.objects.create_superuser("Root@Example.org", PASSWORD)
    visitor = Visitor()
    answer = visitor.post("/login/", {"login": "root@example.org", "password": PASSWORD})
    assert answer.url == "/verify/"
    assert mailoutbox[0].subject == "Verify your e-mail address for Tidewatch"
