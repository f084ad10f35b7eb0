"""The face of YouTube."""

import re
from collections.abc import Sequence

from pydantic import Field

from platforms.batches import batches
from platforms.contract import Platform
from platforms.credentials.pasted import Credential, SecretWord
from platforms.terms import Terms
from platforms.youtube import collector, cost, metrics
from platforms.youtube.client import YoutubeClient
from platforms.youtube.models import Video, imported
from platforms.youtube.simulator import YoutubeSimulator


class Credentials(Credential):
    """What YouTube wants to see."""

    api_key: SecretWord = Field(
        title="API key",
        description="Under APIs & Services, Credentials in Google Cloud. It begins with AIza.",
        min_length=20,
        max_length=200,
    )


def packs(terms: Terms, handles: Sequence[str]) -> Sequence[Sequence[str]]:
    """Ids together, each handle by itself."""
    ids = [handle for handle in handles if collector.CHANNEL_ID.fullmatch(handle)]
    names = [handle for handle in handles if handle not in ids]
    return [*batches(ids, terms.batch["channels"]), *batches(names, 1)]


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
    packs=packs,
    naming="Handles (@name), channel links or channel IDs. Looking up a handle costs 1 unit, and so"
    " do {batch[channels]} IDs together.",
    collect=collector.collect,
    again=collector.again,
    cost=cost.cost,
    items_a_day=cost.VIDEOS_A_DAY,
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
        "unreachable": "YouTube did not answer. Test again in a minute; check the connection of "
        "this server if it lasts.",
    },
    content=Video,
    text_fields=("title",),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=YoutubeSimulator,
    imported=imported,
    account_id=re.compile(r"UC[\w-]{22}", re.ASCII),
    search=collector.search,
    comments=collector.comments,
)
