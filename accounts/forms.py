"""Forms of people: signing up and in, passwords, settings.

Those under `ACCOUNT_FORMS` in the settings are used by allauth's views.
"""

from typing import Any

from allauth.account import forms as allauth
from allauth.account.fields import EmailField, PasswordField, SetPasswordField
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.passwords import HINT
from accounts.zones import zone_or_fallback

NO_ADDRESS = "Enter an e-mail address such as you@example.org."

Answer = tuple[User | None, HttpResponse | None]


class AddressField(EmailField):
    """An e-mail address: in its one spelling, no longer than the column."""

    default_validators = [EmailValidator(NO_ADDRESS)]

    def __init__(self, *, autocomplete: str = "email") -> None:
        super().__init__(
            label="E-mail address",
            max_length=User._meta.get_field("email").max_length,
            widget=forms.EmailInput(attrs={"autocomplete": autocomplete}),
        )

    def to_python(self, value: str | None) -> str:
        """Write it as it is stored."""
        return User.objects.normalize_email(super().to_python(value))

    def run_validators(self, value: str) -> None:
        """Refuse also what no mail can be sent to: a domain too long for the name system.

        And a Turkish dotless i in the name, which the validator takes for an i.
        """
        super().run_validators(value)
        name, _, domain = value.rpartition("@")
        try:
            name.encode("ascii")
            domain.encode("idna")
        except UnicodeError:
            raise forms.ValidationError(NO_ADDRESS, code="invalid") from None


class CurrentPasswordField(PasswordField):
    """A password that is compared with the stored one."""

    def __init__(self, *, label: str = "Password") -> None:
        super().__init__(label=label, autocomplete="current-password")
        del self.widget.attrs["placeholder"]


class NewPasswordField(SetPasswordField):
    """A password to be stored; every rule of the settings applies."""

    def __init__(self, *, label: str = "New password") -> None:
        super().__init__(label=label, help_text=HINT)
        del self.widget.attrs["placeholder"]


class SignupForm(allauth.SignupForm):
    """Sign-up. A taken address is answered like a new one, in the same time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = forms.HiddenInput(attrs={"data-browser-zone": ""})
        password = self.fields["password1"]
        password.widget.attrs.pop("placeholder")
        password.help_text = HINT
        self.fields["email"] = AddressField()
        # Filled in by ui.js; whatever stands there, nobody is refused for it.
        self.fields["time_zone"] = forms.CharField(required=False, widget=zone)

    def clean_time_zone(self) -> str:
        """The browser's zone, or UTC."""
        return zone_or_fallback(self.cleaned_data["time_zone"])

    def validate_unique_email(self, value: str) -> str:
        """Note whether somebody has this address.

        Only accounts count: an address to which somebody wants to change, and which is not
        verified, must not keep its owner from signing up.
        """
        self.account_already_exists = User.objects.filter(email=value).exists()
        return value

    def try_save(self, request: HttpRequest) -> Answer:
        """Make the person, or answer as if, when the address is taken."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # takes the time a new account takes
        else:
            try:
                with transaction.atomic():
                    return self._answer(request)
            except IntegrityError:  # the same form, sent twice at once
                self.account_already_exists = True
        return self._answer(request)

    def _answer(self, request: HttpRequest) -> Answer:
        answer: Answer = super().try_save(request)
        return answer


class LoginForm(allauth.LoginForm):
    """Sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField(autocomplete="username")
        self.fields["password"] = CurrentPasswordField()
        self.fields["remember"].label = "Stay signed in for 14 days on this device"


class ReauthenticateForm(allauth.ReauthenticateForm):
    """The password once more, before a change that a stranger at the desk must not make."""

    password = CurrentPasswordField()


class AddEmailForm(allauth.AddEmailForm):
    """The address to change to."""

    email = AddressField()


class VerificationForm(forms.Form):
    """Where to send another verification link."""

    email = AddressField()


class ResetPasswordForm(allauth.ResetPasswordForm):
    """Where to send a link for a new password."""

    email = AddressField()

    def clean_email(self) -> str:
        """Find whose it is. Addresses that are waiting for their verification do not count."""
        email: str = self.cleaned_data["email"]
        self.users = list(User.objects.filter(email=email, is_active=True, is_demo=False))
        return email


class ResetLinkForm(allauth.UserTokenForm):
    """Whose a link for a new password is."""

    def _get_user(self, uidb36: str) -> User | None:
        """Find the person and hold them: who comes second with one link must see it used."""
        user: User | None = super()._get_user(uidb36)  # type: ignore[no-untyped-call]
        return user and User.objects.select_for_update().get(pk=user.pk)


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    """The new password of somebody who followed the link."""

    password1 = NewPasswordField()
    password2 = None  # type: ignore[assignment]  # it can be shown, so it is not typed twice


class ChangePasswordForm(allauth.ChangePasswordForm):
    """The new password of somebody who is signed in."""

    oldpassword = CurrentPasswordField(label="Current password")
    password1 = NewPasswordField()
    password2 = None  # type: ignore[assignment]  # as above


class ProfileForm(forms.ModelForm):
    """How a person is called, and when their day is."""

    class Meta:
        model = User
        fields = ("name", "time_zone")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "time_zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        }
        help_texts = {
            "time_zone": "Times are shown in this zone. Type a city to find it.",
        }


class AppearanceForm(forms.ModelForm):
    """What the pages look like, and whether single keys do something."""

    class Meta:
        model = User
        fields = ("theme", "shortcuts")
        widgets = {"theme": forms.RadioSelect}
        help_texts = {
            "shortcuts": "For example g then m opens Monitors. Keys never act while you type.",
        }
