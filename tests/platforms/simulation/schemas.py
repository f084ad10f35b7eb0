"""JSON schemas for tests: how they are asked, and those that several platforms share."""

import json
from datetime import datetime
from urllib.parse import parse_qs

from jsonschema import Draft202012Validator, FormatChecker

CHECKER = FormatChecker([])


@CHECKER.checks("date-time", raises=ValueError)
def is_moment(text):
    """A moment with its zone."""
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


def errors_of(schema, content, *, root=None):
    """What a JSON schema finds wrong. `root`: where its references lead."""
    whole = {**schema, **(root or {})}
    found = Draft202012Validator(whole, format_checker=CHECKER).iter_errors(content)
    return [f"body {error.json_path}: {error.message[:300]}" for error in found]


def body_of(answer):
    """The parsed body, or None for one that is not JSON."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def closed(node, *, pieces=frozenset()):
    """OpenAPI 3.0 as JSON schema, in which an object has no fields but those described.

    Parts of an `allOf` and the schemas named in `pieces` stay open: only the whole is closed.
    """
    if isinstance(node, list):
        return [closed(part, pieces=pieces) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: closed(part, pieces=pieces) for key, part in node.items() if key != "example"}
    whole = "allOf" in made or isinstance(made.get("properties"), dict)
    if whole and not {"additionalProperties", "discriminator"} & made.keys():
        made["unevaluatedProperties"] = False
    for part in made.get("allOf", []):
        part.pop("unevaluatedProperties", None)
    for name in pieces & made.keys():
        made[name].pop("unevaluatedProperties", None)
    words = str(node.get("description"))  # alone say of some fields that they may be empty or null
    if "empty string" in words or "string is empty" in words:
        made.pop("format", None)
    if made.pop("nullable", False) is True or "**null**" in words:
        return {"anyOf": [made, {"type": "null"}]}
    return made


def pieces(node):
    """Names of the schemas that some `allOf` refers to."""
    if isinstance(node, list):
        return {name for part in node for name in pieces(part)}
    if not isinstance(node, dict):
        return set()
    own = {part["$ref"].rpartition("/")[2] for part in node.get("allOf", []) if "$ref" in part}
    return own | {name for part in node.values() for name in pieces(part)}


def fields(body, types, *, only=False):
    """Problems with a flat object whose fields have these JSON types."""
    schema = {
        "type": "object",
        "required": list(types),
        "properties": {name: {"type": kind} for name, kind in types.items()},
        "additionalProperties": not only,
    }
    return errors_of(schema, body)


def token_problems(call, answer, *, error):
    """An access token by client credentials (RFC 6749), or why there is none."""
    if answer.status >= 400:
        return fields(body_of(answer), error)
    asked = parse_qs(call.body.decode())
    wrong = [] if "grant_type" in asked or call.method == "GET" else ["grant_type is missing"]
    whole = {"access_token": "string", "expires_in": "integer", "token_type": "string"}
    return wrong + (fields(body_of(answer), whole) if call.method == "POST" else [])
