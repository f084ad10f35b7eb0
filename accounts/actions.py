"""What changes accounts: verifying addresses, ending sessions."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts import live
from accounts.models import User


@transaction.atomic
def send_verification(*, request: HttpRequest, email: str) -> None:
    """Send exactly one mail to an address, so that nobody learns here whether it has an account.

    A link if it waits for its verification, else the news that it is verified or unknown.
    """
    user = User.objects.filter(email=email).first()
    if user is None:
        signup_url = request.build_absolute_uri(reverse("account_signup"))
        get_adapter().send_mail("account/email/unknown_account", email, {"signup_url": signup_url})
        return
    address, _ = EmailAddress.objects.get_or_create(user=user, email=email)
    if address.verified:
        get_adapter().send_account_already_exists_mail(email)
    else:
        address.send_confirmation(request, signup=True)


@transaction.atomic
def verify_address(*, by: User) -> None:
    """Note that this person has opened a link that only their mailbox knew."""
    address, _ = EmailAddress.objects.get_or_create(user=by, email=by.email)
    if address.set_verified():
        address.set_as_primary(conditional=True)


@transaction.atomic
def end_session(*, session: UserSession) -> None:
    """End one session: its next request is a stranger's."""
    session.end()
    live.hang_up(session.user_id)


@transaction.atomic
def end_other_sessions(*, request: HttpRequest, user: User) -> None:
    """End all sessions of a person but the request's."""
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    for session in others:
        session.end()
    live.hang_up(user.pk)
