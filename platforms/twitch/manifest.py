"""The face of Twitch."""

import re

from pydantic import Field

from platforms.contract import Platform
from platforms.credentials.pasted import Credential, SecretWord, Word
from platforms.twitch import collector, cost, metrics
from platforms.twitch.client import TwitchClient
from platforms.twitch.models import StreamRecord, imported
from platforms.twitch.simulator import TwitchSimulator


class Credentials(Credential):
    """What an application of Twitch's developer console is known by."""

    client_id: Word = Field(
        title="Client ID", description="30 small letters and digits.", min_length=20, max_length=64
    )
    client_secret: SecretWord = Field(
        title="Client secret",
        description="Shown once by the console, when you choose New Secret.",
        min_length=20,
        max_length=128,
    )


PLATFORM = Platform(
    slug="twitch",
    label="Twitch",
    entity_noun="channel",
    poll_minutes=range(15, 121),
    credentials=Credentials,
    steps=(
        "Switch on two-factor authentication for your Twitch account: the console asks for it.",
        "Go to https://dev.twitch.tv/console/apps and choose Register Your Application.",
        "Choose any Name that is still free and does not contain the word Twitch.",
        "OAuth Redirect URLs: http://localhost. It is never used, but has to be given.",
        "Category: Analytics Tool. Client Type: Confidential.",
        "Choose Create, then Manage beside the new application.",
        "Copy the Client ID. Choose New Secret and copy the Client Secret: it is shown only once.",
    ),
    client=TwitchClient,
    parse_handle=collector.parse_handle,
    resolve=collector.resolve,
    packs=collector.packs,
    naming="Names or channel links. {batch[users]} are looked up with one call.",
    collect=collector.collect,
    cost=cost.cost,
    items_a_day=cost.STREAMS_A_DAY,
    read=collector.read,
    probe=collector.probe,
    advice={
        "valid": "Twitch accepts this application. It may make 800 calls a minute, free of charge.",
        "expired": "Twitch refuses the tokens of this application. Choose New Secret in its page "
        "of the console and replace the secret here.",
        "wrong": "Twitch does not know this client ID, or the secret is not its own. Copy both "
        "again; a new secret makes the old one useless.",
        "not_enabled": "Open the application in the console of Twitch and see whether it is still "
        "listed; else register a new one.",
        "not_approved": "Twitch has closed this application to the call. See the message in its "
        "page of the console.",
        "out_of_quota": "The calls of this minute are used up. It goes on by itself.",
        "out_of_credit": "Twitch charges nothing; this cannot happen.",
        "unreachable": "Twitch did not answer. Test again in a minute; check the connection of "
        "this server, or status.twitch.com, if it lasts.",
    },
    content=StreamRecord,
    text_fields=(),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=TwitchSimulator,
    imported=imported,
    account_id=re.compile(r"[0-9]{1,20}", re.ASCII),
    search=collector.search,
    rankings=collector.rankings,
)
