"""What follows from Django's signals."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.live import hang_up
from accounts.models import User


@receiver(user_logged_out)
@receiver([post_save, post_delete], sender=User)
def hang_up_where_nobody_is_signed_in(user: User | None = None, **signal: Any) -> None:
    """Signing out, a new password, switching off and deleting an account end its sockets."""
    person = user or signal.get("instance")
    if person is not None and person.pk:
        hang_up(person.pk)
