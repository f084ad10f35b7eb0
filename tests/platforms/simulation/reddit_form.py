"""Reddit describes its API in no document: its answers are held against the form observed.

A field must be one that was seen in recordings, with a type that was seen; those that every object
had in every year must be there.
"""

import json
import re
from functools import cache

from tests.platforms.shared import API_SPECS
from tests.platforms.simulation.schemas import body_of, errors_of, token_problems

THINGS = {"t1": "comment", "t2": "account", "t3": "post", "t5": "subreddit", "more": "more"}
LISTING = {"after", "before", "dist", "modhash", "geo_filter", "children"}
PAGING = {"limit", "after", "before", "count", "show", "raw_json", "sr_detail"}
COMMENTS = PAGING | {"sort", "depth", "threaded", "truncate", "comment"}
# path -> parameters, and the kind of thing that it lists or is
CALLS = (
    (r"/r/[\w+]+/(new|hot|rising)", PAGING, ("t3",)),
    (r"/r/[\w+]+/(top|controversial)", PAGING | {"t"}, ("t3",)),
    (r"/r/[\w+]+/comments", PAGING, ("t1",)),
    (r"/r/\w+/about", {"raw_json"}, "t5"),
    (r"/api/info", {"id", "sr_name", "url", "raw_json"}, ("t1", "t3", "t5")),
    (r"(/r/\w+)?/comments/\w+", COMMENTS, "tree"),
    (r"/user/[\w-]+/about", {"raw_json"}, "t2"),
    (r"/user/[\w-]+/(submitted|comments|overview)", PAGING | {"sort", "t"}, ("t1", "t3")),
    (r"/subreddits/(popular|new|search)", PAGING | {"q"}, ("t5",)),
)
JSON_TYPES = {
    str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null",
    dict: "object", list: "array",
}  # fmt: skip


@cache
def observed():
    """Kind of thing -> field -> types seen; and kind -> fields that all had in all years."""
    kinds = json.loads((API_SPECS / "reddit_observed_schema.json").read_text())["kinds"]
    types = {
        k: {f: set(i["types"]) for f, i in kind["fields"].items()} for k, kind in kinds.items()
    }
    core = {
        k: {f for f, i in kind["fields"].items() if min(i["share_by_year"].values()) >= 0.999}
        for k, kind in kinds.items()
    }
    return types, core


def reddit(call, answer):
    """All mismatches of one exchange."""
    if call.path.startswith("/api/v1/access_token"):
        return token_problems(call, answer, error={"error": ["string", "integer"]})
    if answer.status >= 300:
        return refusal(answer)
    for path, known, kind in CALLS:
        if re.fullmatch(path, call.path.rstrip("/").removesuffix(".json")):
            unknown = call.params.keys() - known
            found = [f"parameter {name} is unknown" for name in unknown]
            limit = call.param("limit", "25")
            if not limit.isdecimal() or (kind != "tree" and not 1 <= int(limit) <= 100):
                found.append(f"parameter limit: {limit}")
            return found + shaped(body_of(answer), kind)
    return [f"no call {call.path}"]


def refusal(answer):
    """Redirects say where to; other refusals have one of several bodies, or none."""
    if answer.status < 400:
        return [] if "location" in {name.lower() for name in answer.headers} else ["no Location"]
    body = body_of(answer)
    if body is None:
        return (
            []
            if not answer.body or answer.body.lstrip()[:1] == b"<"
            else ["body: neither JSON nor HTML"]
        )
    return errors_of({"anyOf": [{"required": ["error"]}, {"required": ["reason"]}]}, body)


def shaped(body, kind):
    """Problems with a body that is a thing, a listing of things, or a post with its comments."""
    if kind == "tree":
        if not isinstance(body, list) or len(body) != 2:
            return ["body: not two listings"]
        return listing(body[0], ("t3",)) + listing(body[1], ("t1", "more"))
    return thing(body, (kind,), "body") if isinstance(kind, str) else listing(body, kind)


def listing(body, kinds, where="body"):
    """Problems with a listing and what it holds."""
    if not isinstance(body, dict) or body.get("kind") != "Listing":
        return [f"{where}: not a listing"]
    data = body["data"]
    found = [f"{where}: field {name} is unknown" for name in data.keys() - LISTING]
    found += [
        f"{where}: field {name} is missing"
        for name in {"after", "before", "children"} - data.keys()
    ]
    for number, child in enumerate(data.get("children", [])):
        found += thing(child, kinds, f"{where}[{number}]")
    return found


def thing(body, kinds, where):
    """Problems with one thing: {"kind", "data"}."""
    if not isinstance(body, dict) or set(body) != {"kind", "data"} or body["kind"] not in kinds:
        return [f"{where}: not a thing of kind {kinds}"]
    data, name = body["data"], THINGS[body["kind"]]
    types, core = (part[name] for part in observed())
    found = [f"{where}: field {field} is missing" for field in core - data.keys()]
    for field, value in data.items():
        kind = JSON_TYPES[type(value)]
        seen = types.get(field)
        if seen is None:
            found.append(f"{where}: field {field} is unknown")
        elif kind not in seen and not (kind == "integer" and "number" in seen):
            found.append(f"{where}: field {field} is {kind}, not {sorted(seen)}")
        if field == "replies" and isinstance(value, dict):
            found += listing(value, ("t1", "more"), f"{where}.replies")
    return found
