"""Rules for new passwords beyond Django's own."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

LONGEST = 128  # a longer one only costs time
WEAKEST_SCORE = 2  # of 0 to 4: withstands about 10^8 guesses


class MaximumLengthValidator:
    """Refuses passwords that are long enough to be an attack on the processor."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError when the password is too long."""
        if len(password) > LONGEST:
            raise ValidationError(f"Use at most {LONGEST} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        """One sentence for the form."""
        return f"At most {LONGEST} characters."


class StrengthValidator:
    """Refuses passwords that are easy to guess, by the zxcvbn estimate."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError with the reason."""
        from zxcvbn import zxcvbn  # noqa: PLC0415  its dictionaries are large

        if len(password) > LONGEST:
            return  # the rule above has spoken
        known = [user.email, user.name] if user else []
        estimate = zxcvbn(password, user_inputs=known, max_length=LONGEST)
        if estimate["score"] < WEAKEST_SCORE:
            reason = estimate["feedback"]["warning"] or "This password is easy to guess."
            raise ValidationError(f"{reason} Try a few unrelated words.", code="password_too_weak")

    def get_help_text(self) -> str:
        """One sentence for the form."""
        return "Hard to guess: a few unrelated words are better than one with digits."
