"""The rules of passwords, and the forms that allauth shows in place of its own."""

_rules, _about = "django.contrib.auth.password_validation", ("email", "name")
PASSWORD_VALIDATORS = [
    {"NAME": f"{_rules}.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {
        "NAME": f"{_rules}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": _about},
    },
    {"NAME": f"{_rules}.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.StrengthValidator"},
]
FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "add_email": "accounts.forms.AddEmailForm",
    "user_token": "accounts.forms.ResetLinkForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
