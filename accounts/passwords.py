"""Rules for new passwords beyond Django's own."""

import re

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

LONGEST = 128  # a longer one only costs time
WEAKEST_SCORE = 2  # of 0 to 4: withstands at least 10^6 guesses
# The estimate takes seconds of processor for long strings made for it, so it judges the beginning.
JUDGED = 32

HINT = f"8 to {LONGEST} characters. A few unrelated words are easy to keep and hard to guess."


class MaximumLengthValidator:
    """Refuses passwords that are long enough to be an attack on the processor."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError when the password is too long."""
        del user  # Django's signature
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

        estimate = zxcvbn(password[:JUDGED], user_inputs=_words_about(user))
        if estimate["score"] < WEAKEST_SCORE:
            reason = estimate["feedback"]["warning"] or "This password is easy to guess."
            raise ValidationError(f"{reason} Try a few unrelated words.", code="password_too_weak")

    def get_help_text(self) -> str:
        """One sentence for the form."""
        return "Hard to guess: a few unrelated words are better than one with digits."


def _words_about(user: AbstractBaseUser | None) -> list[str]:
    """What somebody who knows this person would try first."""
    known = (getattr(user, name, "") for name in ("email", "name"))
    return ["tidewatch", *re.findall(r"\w+", " ".join(known))]
