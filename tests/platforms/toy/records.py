"""What the toy's API says."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0, lt=2**63)]


class Record(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class Account(Record):
    """Who publishes."""

    id: str
    name: str
    followers: Count | None = None


class Note(Record):
    """What is published."""

    id: str
    account: str
    at: datetime
    text: str = ""
    likes: Count | None = None


class Answer(Record):
    """A page."""

    accounts: tuple[Account, ...] = ()
    notes: tuple[Note, ...] = ()
    closed: tuple[str, ...] = ()
    next: str | None = None
