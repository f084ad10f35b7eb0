"""The face of the toy."""

from pydantic import Field

from platforms.contract import Platform
from platforms.credentials.pasted import Credential, SecretWord
from platforms.toy import collector, cost, metrics
from platforms.toy.client import ToyClient
from platforms.toy.models import Note
from platforms.toy.simulator import ToySimulator

VERDICTS = (
    "valid", "expired", "wrong", "not_enabled", "not_approved", "out_of_quota", "out_of_credit",
    "unreachable",
)  # fmt: skip


class Credentials(Credential):
    """What the toy wants to see."""

    key: SecretWord = Field(
        title="Key", description="Under the lid.", min_length=10, max_length=100
    )


PLATFORM = Platform(
    slug="toy",
    label="Toy",
    entity_noun="account",
    poll_minutes=range(15, 121),
    credentials=Credentials,
    steps=("Open the lid.",),
    client=ToyClient,
    parse_handle=collector.parse_handle,
    resolve=collector.resolve,
    packs=collector.packs,
    naming="Small letters and digits. {batch[accounts]} are looked up with one call.",
    collect=collector.collect,
    cost=cost.cost,
    items_a_day=1.0,
    read=collector.read,
    probe=collector.probe,
    advice=dict.fromkeys(VERDICTS, "Shake it."),
    content=Note,
    text_fields=("text",),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=ToySimulator,
)
