"""Sessions past their date are deleted, with their rows in the list of devices."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.tasks import clear_expired_sessions


def session(person, key, *, days):
    expires = timezone.now() + timedelta(days=days)
    Session.objects.create(session_key=key, session_data="", expire_date=expires)
    UserSession.objects.create(user=person, session_key=key, ip="203.0.113.7", user_agent="x")


def test_only_what_is_over_is_deleted(alice):
    session(alice, "over", days=-1)
    session(alice, "lasts", days=1)
    clear_expired_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["lasts"]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["lasts"]


def test_twice_is_as_good_as_once(alice):
    session(alice, "over", days=-1)
    clear_expired_sessions()
    clear_expired_sessions()
    assert not UserSession.objects.exists()
