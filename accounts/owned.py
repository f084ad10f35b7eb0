"""Rows that belong to one user."""

from typing import Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class OwnedQuerySet(models.QuerySet[M_co]):
    """The first of two fences; row level security is the second."""

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Only this user's rows; an anonymous visitor has none."""
        return self.filter(owner_id=user.pk) if user.pk else self.none()


class Owned(models.Model):
    """Abstract row with an owner. Its migration ends with `accounts.rls.IsolateTenants`."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        abstract = True
