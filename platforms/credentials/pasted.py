"""Keys as people paste them, and the form that every platform's credential has."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr


class Credential(BaseModel):
    """What a profile holds. Its errors do not quote what was typed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


def one_word(value: object) -> object:
    """A key without what is pasted along: spaces around it, the word 'Bearer'.

    Raises ValueError for one with spaces or line breaks inside: it was pasted from two places.
    """
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str):
        return value
    text = text.strip().removeprefix("Bearer ").strip()
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError("A key has no spaces and no line breaks.")
    return text


Word = Annotated[str, BeforeValidator(one_word)]
SecretWord = Annotated[SecretStr, BeforeValidator(one_word)]
