"""The browser's end of live updates."""

import json
from importlib import import_module
from time import monotonic
from typing import Any

from channels.auth import get_user
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts.live import group
from accounts.tenancy import acting_for

SIGN_IN_FIRST = 4401
TRUSTED_SECONDS = 60.0  # a session may also end by its age, or in the database


class LiveConsumer(AsyncWebsocketConsumer):
    """Joins its own person's group and forwards event names, while the session lives."""

    @property
    def user_id(self) -> int | None:
        """The person whose session opened the socket."""
        user = self.scope["user"]
        return user.pk if user is not None else None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one message as this person, so that row level security knows whose it is."""
        with acting_for(self.user_id):
            await super().dispatch(message)

    async def connect(self) -> None:
        """Take a signed-in person; others learn why by the close code."""
        await self.accept()
        if self.user_id is None:
            await self.close(SIGN_IN_FIRST)
            return
        self.asked_at = monotonic()
        await self.channel_layer.group_add(group(self.user_id), self.channel_name)
        await self.say({"name": "connected"})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        del code  # Channels' signature
        if self.user_id is not None:
            await self.channel_layer.group_discard(group(self.user_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping; nothing else is understood."""
        del bytes_data  # Channels' signature
        if is_ping(text_data or ""):
            await self.while_signed_in({"name": "pong"})

    async def live_event(self, event: dict[str, Any]) -> None:
        """Forward one event."""
        await self.while_signed_in({"name": event["name"], "refs": event["refs"]})

    async def live_session(self, event: dict[str, Any]) -> None:
        """A session of this person has ended: close if it was this one."""
        del event  # says no more than its name
        if not await self.signed_in():
            await self.close(SIGN_IN_FIRST)

    async def while_signed_in(self, message: dict[str, Any]) -> None:
        """Send a message, or close when the session has ended unnoticed."""
        if monotonic() - self.asked_at < TRUSTED_SECONDS or await self.signed_in():
            await self.say(message)
        else:
            await self.close(SIGN_IN_FIRST)

    async def signed_in(self) -> bool:
        """Ask the database whether the session that opened the socket still is this person's."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        fresh: Any = {"session": store(self.scope["session"].session_key)}
        user = await get_user(fresh)
        self.asked_at = monotonic()
        return user.pk == self.user_id

    async def say(self, message: dict[str, Any]) -> None:
        """Send one object."""
        await self.send(json.dumps(message))


def is_ping(text: str) -> bool:
    """Whether this is {"name": "ping"}. Browsers are not the only ones who send."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("name") == "ping"
