"""Every page of signing in and of settings is ours, and so is every mail and message."""

from pathlib import Path

import pytest
from allauth.account import views as allauth
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver, reverse

from accounts import urls

OURS = Path(settings.BASE_DIR) / "templates"
ALLAUTHS = Path(allauth.__file__).parents[1] / "templates" / "account"
NAMES = [
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reauthenticate",
    "account_email",
    "account_email_verification_sent",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "usersessions_list",
]
OTHER_APPS = ("account_", "usersessions_", "socialaccount_", "mfa_")
# Of ways to sign in that are not offered: codes, phones, passkeys, several addresses.
UNUSED = ("code", "phone", "password_set", "email_confirm_")


def ours(name):
    return Path(get_template(name).origin.name).is_relative_to(OURS)


@pytest.mark.parametrize("name", NAMES)
def test_allauth_finds_its_pages_by_their_names(name):
    assert reverse(name)


def test_every_page_has_a_template_of_ours():
    views = [getattr(pattern.callback, "view_class", None) for pattern in urls.urlpatterns]
    templates = {getattr(view, "template_name", None) for view in views} - {None}
    assert len(templates) >= 10
    assert [name for name in templates if not ours(name)] == []


def test_no_address_leads_to_allauth_but_by_our_list():
    listed = {pattern.name for pattern in urls.urlpatterns}
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert "account_login" in names
    assert {name for name in names if name.startswith(OTHER_APPS)} <= listed


@pytest.mark.parametrize("folder", ["email", "messages"])
def test_every_mail_and_message_is_in_our_words(folder):
    theirs = [f"account/{folder}/{file.name}" for file in (ALLAUTHS / folder).iterdir()]
    used = [name for name in theirs if not any(word in name for word in UNUSED)]
    assert len(used) > 5
    assert [name for name in used if not ours(name)] == []
