"""People."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.zones import is_zone


def validate_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if not is_zone(name):
        raise ValidationError("Choose a time zone from the list.", code="unknown_zone")


def _as_read_in_dns(domain: str) -> str:
    # Mail to faß.example goes to fass.example: two spellings would be two accounts of one mailbox.
    try:
        return domain.encode("idna").decode("idna")
    except UnicodeError:
        return domain  # the form refuses it


class UserAccounts(BaseUserManager["User"]):
    """Makes users, who are known by their e-mail address."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """One spelling of each address: no spaces around it, lower case, as DNS reads it."""
        name, at, domain = (email or "").strip().lower().rpartition("@")
        return f"{name}{at}{_as_read_in_dns(domain)}"

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who may sign in once the address is verified."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who may do everything, also in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by address, whatever its case."""
        return self.get(email=self.normalize_email(username))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Everything of a tenant belongs to one."""

    class Theme(models.TextChoices):
        """What the browser shows."""

        SYSTEM = "system", "Follow the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    is_active = models.BooleanField("active", default=True)
    is_staff = models.BooleanField("member of the staff", default=False)
    is_demo = models.BooleanField(
        "demo", default=False, editable=False, help_text="All visitors of the demo share it."
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[UserAccounts] = UserAccounts()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"
        constraints = [
            # One spelling of each address, so that unique means unique.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="users_email_lower"
            ),
            models.UniqueConstraint(
                fields=["is_demo"], condition=models.Q(is_demo=True), name="users_one_demo"
            ),
            # Everybody may sign in to it.
            models.CheckConstraint(
                condition=models.Q(is_demo=False) | models.Q(is_staff=False, is_superuser=False),
                name="users_demo_without_rights",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Write the address in its one spelling before it is compared with others."""
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this person reads times; UTC when the database lost its name."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = (self.name or self.email.partition("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in words[:2]).upper() or "?"

    def get_full_name(self) -> str:
        """The name, or the address where none was given."""
        return self.name or self.email

    get_short_name = get_full_name  # people decide how they are called
