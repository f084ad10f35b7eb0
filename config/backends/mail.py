"""Mail of an installation without a mail server: on the console and as files."""

import os
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class ConsoleAndFileBackend(BaseEmailBackend):
    """Prints each mail and keeps it under var/mail, one .eml a message, for its owner only."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages and return how many. Raises OSError where the folder takes none."""
        for message in email_messages:
            path = keep(message, folder=Path(settings.EMAIL_FILE_PATH))
            sys.stdout.write(for_the_console(message, path))
            sys.stdout.flush()
        return len(email_messages)


def keep(message: EmailMessage, *, folder: Path) -> Path:
    """Write one message to a new file there. Names sort by time; readers see whole files only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
    draft, path = folder / f".{name}", folder / name
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.message().as_bytes())
    draft.rename(path)
    return path


def for_the_console(message: EmailMessage, path: Path) -> str:
    """The message as a person reads it, not as MIME: each link stays on one line of its own."""
    head = f"Mail to {', '.join(message.to)}: {message.subject}"
    body = "\n".join(f"    {line}".rstrip() for line in str(message.body).splitlines())
    return f"{head}\n\n{body}\n\nKept in {path}\n"
