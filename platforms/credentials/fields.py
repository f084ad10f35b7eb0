"""What a credential must hold, as people meet it: fields, mistakes in plain words, what is shown.

A platform describes its credential as a pydantic model; forms and the API are both made from it.
No text made here quotes what was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from platforms.contract import Platform

SHOWN = 4  # last characters of a secret, by which people tell two apart
SHORTEST_SHOWN = 12  # of a shorter secret they would give too much away


class NotACredential(ValueError):
    """What was given cannot be this platform's credential. `mistakes`: field -> sentence."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__(f"These cannot be used: {', '.join(mistakes)}.")
        self.mistakes = dict(mistakes)


@dataclass(frozen=True)
class Part:
    """One field of a credential."""

    name: str
    label: str
    hint: str
    secret: bool
    required: bool


def parts(platform: Platform) -> list[Part]:
    """The fields of a platform's credential, in the order in which they are asked for."""
    return [
        Part(
            name=name,
            label=_label(name, info),
            hint=info.description or "",
            secret=_is_secret(info),
            required=info.is_required(),
        )
        for name, info in platform.credentials.model_fields.items()
    ]


def parse(platform: Platform, given: Mapping[str, Any]) -> BaseModel:
    """The credential that was typed. Raises NotACredential."""
    unknown = sorted(set(given) - set(platform.credentials.model_fields))
    if unknown:
        raise NotACredential(dict.fromkeys(unknown, f"{platform.label} asks for no such field."))
    try:
        return platform.credentials.model_validate(dict(given))
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        told = {str(mistake["loc"][0]): _sentence(platform, mistake) for mistake in mistakes}
    # Outside the handler: the error holds what was typed, and a traceback would show it.
    raise NotACredential(told)


def opened(credentials: BaseModel) -> dict[str, str]:
    """Field -> value, secrets in the clear: only to be sealed or fingerprinted."""
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in credentials
        if value is not None
    }


def secret_names(credentials: BaseModel) -> list[str]:
    """Names of the fields that are secrets."""
    return [name for name, value in credentials if isinstance(value, SecretStr)]


def hints(credentials: BaseModel) -> dict[str, str]:
    """Field -> what people may see of it: a secret's end, anything else whole."""
    secret = secret_names(credentials)
    return {
        name: _end(value) if name in secret else value
        for name, value in opened(credentials).items()
    }


def _end(secret: str) -> str:
    return secret[-SHOWN:] if len(secret) >= SHORTEST_SHOWN else ""


def _is_secret(info: FieldInfo) -> bool:
    return SecretStr in (info.annotation, *get_args(info.annotation))


def _label(name: str, info: FieldInfo) -> str:
    return info.title or name.replace("_", " ").capitalize()


def _sentence(platform: Platform, mistake: ErrorDetails) -> str:
    """What is wrong with one field, and what to do."""
    name = str(mistake["loc"][0])
    label = _label(name, platform.credentials.model_fields[name])
    limits = mistake.get("ctx", {})
    if mistake["type"] == "value_error":
        return _own_words(label, mistake)
    words = _WORDS.get(mistake["type"], "{platform} knows no such {label}. Copy it again.")
    return words.format(label=label, platform=platform.label, **limits)


def _own_words(label: str, mistake: ErrorDetails) -> str:
    """The sentence of a check in the model, unless it quotes what was typed."""
    sentence, typed = str(mistake["ctx"]["error"]), mistake["input"]
    typed = typed.get_secret_value() if isinstance(typed, SecretStr) else str(typed)
    return f"Copy the {label} again." if typed and typed in sentence else sentence


_SHORT = "This is too short: at least {min_length} characters. Copy it whole."
_LONG = "This is too long: at most {max_length} characters. Copy only the {label}."
_WORDS = {
    "missing": "Enter the {label}.",
    "string_type": "Enter the {label} as text.",
    "string_too_short": _SHORT,
    "too_short": _SHORT,
    "string_too_long": _LONG,
    "too_long": _LONG,
    "string_pattern_mismatch": "{platform} writes its {label} in another form. Copy it again, "
    "without quotes.",
}
