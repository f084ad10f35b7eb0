"""The face of X."""

from typing import Any, NoReturn

from pydantic import BaseModel

from platforms.contract import Platform


def _under_way(*_: Any) -> NoReturn:
    raise NotImplementedError


PLATFORM = Platform(
    slug="twitter",
    label="X",
    entity_noun="account",
    poll_minutes=range(30, 121),
    credentials=BaseModel,
    steps=(),
    client=_under_way,
    parse_handle=_under_way,
    resolve=_under_way,
    collect=_under_way,
    read=_under_way,
    probe=_under_way,
    advice={},
    content=object,
    text_fields=(),
    engagement=None,
    columns={},
    simulator=_under_way,
)
