"""The face of the toy."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from platforms.contract import Platform
from platforms.toy import collector, metrics
from platforms.toy.client import ToyClient
from platforms.toy.models import Note
from platforms.toy.simulator import ToySimulator

VERDICTS = (
    "valid", "expired", "wrong", "not_enabled", "not_approved", "out_of_quota", "out_of_credit",
    "unreachable",
)  # fmt: skip


def _one_word(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(text, str) and len(text.split()) > 1:
        raise ValueError("A key is one word.")
    return text.strip() if isinstance(text, str) else text


class Credentials(BaseModel):
    """What the toy wants to see."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    key: Annotated[SecretStr, BeforeValidator(_one_word)] = Field(
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
    collect=collector.collect,
    read=collector.read,
    probe=collector.probe,
    advice=dict.fromkeys(VERDICTS, "Shake it."),
    content=Note,
    text_fields=("text",),
    engagement=metrics.ENGAGEMENT,
    columns=metrics.COLUMNS,
    simulator=ToySimulator,
)
