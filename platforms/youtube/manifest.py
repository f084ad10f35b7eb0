"""The face of YouTube."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from platforms.contract import Platform
from platforms.youtube import collector, metrics
from platforms.youtube.client import YoutubeClient
from platforms.youtube.models import Video
from platforms.youtube.simulator import YoutubeSimulator


class Credentials(BaseModel):
    """What YouTube wants to see."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    api_key: SecretStr = Field(
        title="API key",
        description="Under APIs & Services, Credentials in Google Cloud. It begins with AIza.",
        min_length=20,
        max_length=200,
    )

    @field_validator("api_key", mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        """A pasted key brings spaces along; one with a space inside was pasted from two places."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and not re.fullmatch(r"[!-~]*", text.strip()):
            raise ValueError("A key has no spaces and no line breaks.")
        return text.strip() if isinstance(text, str) else value


PLATFORM = Platform(
    slug="youtube",
    label="YouTube",
    entity_noun="channel",
    poll_minutes=range(60, 121),
    credentials=Credentials,
    steps=(
        "Go to https://console.cloud.google.com/ and sign in with a Google account.",
        "Create a new project, or choose one. Google allows one project per product.",
        "Under APIs & Services, Library, find “YouTube Data API v3” and enable it.",
        "Under APIs & Services, Credentials, choose Create credentials, then API key.",
        "Recommended: edit the key and restrict it to the YouTube Data API v3 and nothing else.",
        "Copy the API key into this form. Its free quota follows about 400 channels hourly.",
    ),
    client=YoutubeClient,
    parse_handle=collector.parse_handle,
    resolve=collector.resolve,
    collect=collector.collect,
    read=collector.read,
    probe=YoutubeClient.probe,
    advice={
        "valid": "YouTube accepts this key.",
        "expired": "Create a new API key in Google Cloud and replace this one.",
        "wrong": "YouTube does not know this key. Copy it again from APIs & Services, Credentials; "
        "it is not the client id or secret of an OAuth client.",
        "not_enabled": "Enable “YouTube Data API v3” in the key's project, and see that the key's "
        "API restrictions include it. It takes a few minutes to work.",
        "not_approved": "The key is restricted to other addresses, websites or apps, or its "
        "project is suspended. Edit the key's restrictions in Google Cloud.",
        "out_of_quota": "The day's units are spent; they are back at midnight Pacific time. Watch "
        "fewer channels or less often, or ask Google for more with its audit form.",
        "out_of_credit": "Google does not charge for this API. See the billing of the project.",
        "unreachable": "YouTube did not answer. We try again later; check the connection of this "
        "server if it lasts.",
    },
    content=Video,
    text_fields=("title",),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=YoutubeSimulator,
    search=collector.search,
    comments=collector.comments,
)
