"""How allauth meets our people: words, mails after the commit, changes of address."""

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import actions, browsers, devices
from accounts.addresses import client_ip

ADDRESS_KEY = "address_to_verify"
NOT_SENT = "The mail could not be sent. Wait a few minutes, then ask for it again."

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Our answers where allauth asks."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "The e-mail address and the password do not match.",
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many failed attempts. Try again in 5 minutes.",
    }

    def save_user(
        self,
        request: HttpRequest,
        user: AbstractBaseUser,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002  allauth's signature
    ) -> AbstractBaseUser:
        """Keep what the sign-up form gave beyond the address and the password."""
        user.time_zone = form.cleaned_data["time_zone"]  # type: ignore[attr-defined]
        return super().save_user(request, user, form, commit)

    def set_password(self, user: Any, password: str) -> None:
        """Store a new password, and end the sessions that the old one began."""
        super().set_password(user, password)
        actions.end_other_sessions(request=self.request, user=user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Verify an address, unless another account took it while the mail was under way."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            taken = {"email": email_address.email}
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, taken)
            return False

    def send_confirmation_mail(
        self,
        request: HttpRequest,
        emailconfirmation: Any,
        signup: bool,  # noqa: FBT001  allauth's signature
    ) -> None:
        """Send a link in the words for a new account, or for a new address of an old one."""
        address = emailconfirmation.email_address
        signup = address.email == address.user.email
        super().send_confirmation_mail(request, emailconfirmation, signup)

    def respond_email_verification_sent(self, request: HttpRequest, user: Any) -> HttpResponseBase:
        """Remember which address waits, known or not, so that the page can offer a new link."""
        request.session[ADDRESS_KEY] = user.email if user else request.POST.get("email", "")
        return super().respond_email_verification_sent(request, user)

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Where to go on after verifying."""
        del email_address  # allauth's signature
        signed_in = self.request.user.is_authenticated
        return reverse("settings_profile" if signed_in else "account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where to go on after changing the password."""
        del request  # allauth's signature
        return reverse("usersessions_list")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Say where a request comes from, for limits and the list of sessions."""
        if ip := client_ip(request):
            return ip
        raise PermissionDenied("The request does not say where it comes from.")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by account, and apart where it is at home.

        allauth counts by the Host header, too, which is a choice of whoever guesses.
        """
        email = credentials.get("email", "")
        return f"{email}:{devices.recognised(request, email=email)}"

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        """Go on, and know this browser again."""
        response = super().post_login(request, user, **options)
        return devices.remember(response, email=user.email)

    def is_safe_url(self, url: str) -> bool:
        """Whether to go on there: on this site only, whatever other hosts are allowed."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """Name the browser in words, for mails."""
        return browsers.in_words(super().get_http_user_agent(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send once the transaction is committed: what is rolled back is told to nobody.

        Links lead to SITE_URL: the Host header is a choice of whoever asks for the mail.
        """
        links = {name: on_our_site(url) for name, url in context.items() if name.endswith("_url")}
        more = {"email": email, "home": on_our_site("/")}
        message = self.render_mail(template_prefix, email, context | links | more)
        transaction.on_commit(lambda: self._deliver(message))

    def _deliver(self, message: EmailMessage) -> None:
        try:
            message.send()
        except OSError as error:  # whatever SMTP, the network and the disk can do
            log.error("A mail was not sent: %s", error)  # noqa: TRY400  the cause says it all
            messages.error(self.request, NOT_SENT)
            for email in message.to:  # what did not go out may be asked for again at once
                ratelimit.clear(self.request, action="confirm_email", key=email)


def on_our_site(url: str) -> str:
    """The same page at the address of this installation."""
    return f"{settings.SITE_URL}{urlsplit(url).path}"
