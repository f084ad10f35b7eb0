"""Addresses of people: signing in, settings. allauth finds its own by their names."""

from allauth.account import views as allauth
from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import views

urlpatterns = [
    path("theme/", views.choose_theme, name="theme"),
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("register/", allauth.signup, name="account_signup"),
    path("verify/", views.verification_sent, name="account_email_verification_sent"),
    path("verify/<str:key>/", views.confirm_email, name="account_confirm_email"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/change/", allauth.password_change, name="account_change_password"),
    # Nobody is signed in without a password; whoever has none gets one by mail.
    path(
        "password/set/",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="account_set_password",
    ),
    path("settings/", RedirectView.as_view(pattern_name="settings_profile"), name="settings"),
    path("settings/profile/", views.profile, name="settings_profile"),
    path("settings/email/", allauth.email, name="account_email"),
    path("settings/security/", views.security, name="usersessions_list"),
    path("settings/security/end-others/", views.end_other_sessions, name="usersessions_end_others"),
    path("settings/security/<int:pk>/end/", views.end_session, name="usersessions_end"),
    path("settings/appearance/", views.appearance, name="settings_appearance"),
]
