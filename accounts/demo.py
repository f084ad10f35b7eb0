"""The person whom all visitors of the demo are: known to everybody, with no password and no rights.

When it was made is also when the demo began (collectors/demo).
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User

ADDRESS = "demo@tidewatch.invalid"  # nobody can receive a mail there
HOURS = 12  # that a visit lasts at most


def find() -> User | None:
    """The demo's person, if there is one."""
    return User.objects.filter(is_demo=True).first()


@transaction.atomic
def make(*, now: datetime) -> User:
    """Make the demo's person. Raises IntegrityError where there is one."""
    began = now.replace(microsecond=0)
    user = User.objects.create_user(ADDRESS, name="Demo", is_demo=True, date_joined=began)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def enter(request: HttpRequest, user: User) -> None:
    """Sign this browser in to the demo, for some hours."""
    login(request, user)
    request.session.set_expiry(HOURS * 3600)


class NotInDemo(PermissionDenied):
    """A visitor asked for what only an account of one's own can do. The text is for them."""

    title = "Not in the demo"
