"""Twitch's and X's OpenAPI descriptions."""

import gzip
import json
import re
from functools import cache

from tests.platforms.shared import API_SPECS
from tests.platforms.simulation.schemas import (
    body_of,
    closed,
    errors_of,
    fields,
    pieces,
    token_problems,
)

TWITCH = "twitch_helix_openapi_2026-02-27"
OLD_WORDS, NEW_WORDS = "x_api_v2_openapi_2.166_2026-07-06", "x_api_v2_openapi_2.167_2026-08-22"
# Where recordings and the platform's own example contradict a description: schema, field, form.
CORRECTIONS = {
    TWITCH: [
        ("GetChannelStreamScheduleResponse", "pagination", {"type": "object"}),
        ("Channel", "started_at", {"type": "string"}),  # "" of one that is off air
    ],
}
ALWAYS = {429, 500, 502, 503, 504}  # any platform may answer so, described or not


@cache
def openapi(name):
    """A description whose schemas are closed."""
    with gzip.open(API_SPECS / f"{name}.json.gz") as file:
        spec = json.load(file)
    schemas = spec["components"]["schemas"]
    for schema, field, form in CORRECTIONS.get(name, ()):
        schemas[schema]["properties"][field] = form
    spec["components"]["schemas"] = closed(schemas, pieces=pieces(schemas))
    return spec


def against_openapi(name, path, call, answer):
    """Problems with the operation that a path leads to."""
    spec = openapi(name)
    operation = operation_of(spec, path, call.method)
    if operation is None and answer.status == 404:
        return []  # a path that there is not
    if operation is None:
        return [f"no operation {call.method} {path} in {name}"]
    good = answer.status < 400
    found = parameters(spec, operation, call) if good else []
    described = operation["responses"].get(str(answer.status)) or operation["responses"].get(
        "default"
    )
    if described is None and answer.status not in ALWAYS:
        found.append(f"status {answer.status} is not described")
    if good:
        schema = described["content"]["application/json"]["schema"]
        found += errors_of(schema, body_of(answer), root={"components": spec["components"]})
    return found


def operation_of(spec, path, method):
    """The most literal path that matches."""
    for template in sorted(spec["paths"], key=lambda t: t.count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return spec["paths"][template].get(method.lower())
    return None


def parameters(spec, operation, call):
    """Problems with what was asked: unknown, missing, out of range."""
    known = {}
    for given in operation.get("parameters", []):
        parameter = given
        if "$ref" in given:
            parameter = spec["components"]["parameters"][given["$ref"].rpartition("/")[2]]
        if parameter["in"] == "query":
            known[parameter["name"]] = parameter
    root = {"components": spec["components"]}
    found = [f"parameter {name} is unknown" for name in call.params.keys() - known.keys()]
    for name, parameter in known.items():
        if name in call.params:
            value = typed(
                call.params[name], parameter["schema"], explode=parameter.get("explode", True)
            )
            wrong = errors_of(closed(parameter["schema"]), value, root=root)
            found += [f"parameter {name}: {text}" for text in wrong]
        elif parameter.get("required"):
            found.append(f"parameter {name} is missing")
    return found


def typed(values, schema, *, explode):
    """Text of a query as the schema's type."""
    if schema.get("type") == "array":
        return values if explode else [v for value in values for v in value.split(",")]
    value = ",".join(values)
    if schema.get("type") == "integer" and re.fullmatch("-?[0-9]+", value):
        return int(value)
    return (
        {"true": True, "false": False}.get(value, value)
        if schema.get("type") == "boolean"
        else value
    )


# --- Twitch ---------------------------------------------------------------------------------------
def twitch(call, answer):
    """The description does not hold bodies of errors, nor tokens."""
    if call.host == "id.twitch.tv":
        return token_problems(call, answer, error={"status": "integer", "message": "string"})
    if answer.status >= 400:
        texts = {"error": "string", "status": "integer", "message": "string"}
        path = against_openapi(TWITCH, call.path.removeprefix("/helix"), call, answer)
        return path + fields(body_of(answer), texts, only=True)
    return against_openapi(TWITCH, call.path.removeprefix("/helix"), call, answer)


# --- X --------------------------------------------------------------------------------------------
def twitter(call, answer):
    """By the vocabulary that was asked for; if none was, either will do."""
    if answer.status >= 400 and (answer.body or answer.status != 404):
        return fields(body_of(answer), {"title": "string", "type": "string"})
    asked = ",".join(call.params)
    names = [n for n, word in ((OLD_WORDS, "tweet."), (NEW_WORDS, "post.")) if word in asked]
    found = [against_openapi(n, call.path, call, answer) for n in names or (OLD_WORDS, NEW_WORDS)]
    return min(found, key=len)
