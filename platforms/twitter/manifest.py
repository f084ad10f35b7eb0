"""The face of X."""

import re

from pydantic import Field

from platforms.contract import Platform
from platforms.credentials.pasted import Credential, SecretWord
from platforms.twitter import collector, cost, metrics
from platforms.twitter.client import XClient
from platforms.twitter.models import Tweet, imported
from platforms.twitter.simulator import XSimulator


class Credentials(Credential):
    """What X wants to see."""

    bearer_token: SecretWord = Field(
        title="Bearer token",
        description="Under Keys and tokens of your app in the developer console.",
        min_length=20,
        max_length=512,
    )


PLATFORM = Platform(
    slug="twitter",
    label="X",
    entity_noun="account",
    poll_minutes=range(30, 121),
    credentials=Credentials,
    steps=(
        "Go to https://console.x.com, sign in and accept the developer agreement.",
        "Buy credits: X charges for each post and profile that is read. Set a spending limit.",
        "Choose New App and give it a name, a description and a use case.",
        "Open the app's keys and tokens and generate a Bearer Token. It is shown only once.",
        "Copy it into this form, and set a monthly amount here, too.",
    ),
    client=XClient,
    parse_handle=collector.parse_handle,
    resolve=collector.resolve,
    packs=collector.packs,
    naming="Names (@name) or links to accounts or posts. X bills ${prices[user]} for each account"
    " that it finds, once a day.",
    naming_billed_as="user",
    collect=collector.collect,
    again=collector.again,
    cost=cost.cost,
    items_a_day=cost.POSTS_A_DAY,
    read=collector.read,
    probe=collector.probe,
    advice={
        "valid": "X accepts this token. Reading is charged to the account that owns it.",
        "expired": "Generate a new Bearer Token for the app and replace this one.",
        "wrong": "X does not know this token. Copy the Bearer Token again, not the API key or its "
        "secret; generating a new one makes the old one useless.",
        "not_enabled": "Give the app access to the X API v2 in the developer console.",
        "not_approved": "The app belongs to no project. Add it to one in the developer console, "
        "then generate a new Bearer Token.",
        "out_of_quota": "The monthly amount set here is spent. Raise it, or wait for next month.",
        "out_of_credit": "The credits of the X account are used up, or its spending limit is "
        "reached. Buy credits in the developer console; what was collected stays.",
        "unreachable": "X did not answer. Test again in a minute; check the connection of this "
        "server if it lasts.",
    },
    content=Tweet,
    text_fields=("text",),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=XSimulator,
    imported=imported,
    account_id=re.compile(r"[0-9]{1,19}", re.ASCII),
    rankings=collector.rankings,
)
