"""YouTube's discovery document: Google's own form of description."""

import json
from functools import cache

from tests.platforms.shared import API_SPECS
from tests.platforms.simulation.schemas import body_of, closed, errors_of

UINT64 = {"type": "string", "pattern": "^[0-9]{1,20}$"}
INT64 = {"type": "string", "pattern": "^-?[0-9]{1,19}$"}


@cache
def discovery():
    """Google's own form of description, its schemas as JSON schema."""
    spec = json.loads((API_SPECS / "youtube_v3_discovery.json").read_text())
    spec["schemas"] = closed(google(spec["schemas"]))
    return spec


def google(node):
    """References become JSON pointers, 64-bit numbers the strings that they travel as."""
    if isinstance(node, list):
        return [google(part) for part in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "string" and node.get("format") in ("uint64", "int64"):
        return UINT64 if node["format"] == "uint64" else INT64
    made = {
        k: google(v) for k, v in node.items() if k not in ("id", "default") or isinstance(v, dict)
    }
    if isinstance(made.get("$ref"), str):
        made["$ref"] = f"#/schemas/{made['$ref']}"
    return made


def methods():
    """Path -> method, for the calls that read."""
    for resource in discovery()["resources"].values():
        for method in resource.get("methods", {}).values():
            if method["httpMethod"] == "GET":
                yield f"/{method['path']}", method


def youtube(call, answer):
    """Errors are not in the discovery document; their form is that of all Google APIs."""
    if answer.status >= 400:
        return errors_of(GOOGLE_ERROR, body_of(answer))
    method = dict(methods()).get(call.path)
    if method is None or call.method != "GET":
        return [f"no method {call.method} {call.path}"]
    known = {**method["parameters"], **discovery()["parameters"]}
    found = [f"parameter {name} is unknown" for name in call.params.keys() - known.keys()]
    for name, parameter in known.items():
        if parameter.get("required") and name not in call.params:
            found.append(f"parameter {name} is missing")
        if name in call.params:
            found += [f"parameter {name}: {text}" for text in ranged(parameter, call.params[name])]
    schema = {"$ref": f"#/schemas/{method['response']['$ref']}"}
    return found + errors_of(schema, body_of(answer), root={"schemas": discovery()["schemas"]})


def ranged(parameter, values):
    """Problems with the values of one parameter."""
    for value in values:
        if "enum" in parameter and value not in parameter["enum"]:
            yield f"{value} is none of {parameter['enum']}"
        if parameter["type"] == "integer":
            low, high = int(parameter.get("minimum", 0)), int(parameter.get("maximum", 2**31))
            if not value.isdecimal() or not low <= int(value) <= high:
                yield f"{value} is not a number from {low} to {high}"
    if len(values) > 1 and not parameter.get("repeated"):
        yield "is repeated"


GOOGLE_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "errors"],
            "properties": {
                "code": {"type": "integer"},
                "message": {"type": "string"},
                "errors": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "object", "required": ["domain", "reason", "message"]},
                },
            },
        }
    },
}
