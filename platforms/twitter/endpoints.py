"""The calls of the X API v2: their addresses, what they return and what X bills for them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from platforms.http import Params, Response
from platforms.payment import Priced
from platforms.twitter.records import Answer, Post, Record, Trend, User

WHOLE_PAGE = 100  # resources, where a call does not say how many it wants; X gives fewer


@dataclass(frozen=True)
class Endpoint:
    """One kind of call. Its name is also the name of its bucket in the terms.

    `holds`: the record of an item, None where nothing is stored. `bills`: the price in the terms;
    `flat`: for the request and not for each resource.
    """

    name: str
    path: str
    holds: type[Record] | None
    bills: str | None = None
    flat: bool = False

    def match(self, url: str) -> re.Match[str] | None:
        """Find this endpoint in an address of whatever host."""
        return re.fullmatch(self.path, urlsplit(url).path.rstrip("/"))

    def priced(self, params: Params) -> Priced | None:
        """What a call with these parameters may bill.

        A request is billed by itself. A page that others follow may lack posts that an earlier try
        of it held: newer ones have pushed them off.
        """
        if not self.bills:
            return None
        if self.flat:
            return Priced(kind=self.bills, most=1, ids=_request_id, covers=_never)
        asked = _listed(params, "ids") or _listed(params, "usernames")
        most = len(asked) or int("".join(_listed(params, "max_results")) or WHOLE_PAGE)
        return Priced(kind=self.bills, most=most, ids=_ids, covers=_is_last)


def _listed(params: Params, name: str) -> list[str]:
    value = params.get(name, "")
    found = value if isinstance(value, list) else str(value).split(",")
    return [one for text in found for one in text.split(",") if one]


def _ids(response: Response) -> list[str]:
    return Answer.of(response).ids


def _is_last(response: Response) -> bool:
    return Answer.of(response).next_token is None


def _request_id(_response: Response) -> list[str]:
    return [uuid4().hex]


def _never(_response: Response) -> bool:
    return False


_POST = "(?:tweet|post)s"
_USER = r"/2/users/(?P<id>\d+)"
ENDPOINTS = (
    Endpoint("users_by", "/2/users/by", User, "user"),
    Endpoint("users_by_username", r"/2/users/by/username/(?P<id>\w+)", User, "user"),
    Endpoint("users", "/2/users", User, "user"),
    Endpoint("user", _USER, User, "user"),
    Endpoint("followers", f"{_USER}/(?:followers|following)", User, "follower"),
    Endpoint("timeline", f"{_USER}/{_POST}", Post, "post"),
    Endpoint("mentions", f"{_USER}/mentions", Post, "post"),
    Endpoint("posts", f"/2/{_POST}", Post, "post"),
    Endpoint("post", rf"/2/{_POST}/(?P<id>\d+)", Post, "post"),
    Endpoint("search_recent", f"/2/{_POST}/search/recent", Post, "post"),
    Endpoint("search_all", f"/2/{_POST}/search/all", Post, "post"),
    Endpoint("counts_recent", f"/2/{_POST}/counts/recent", None, "counts", flat=True),
    Endpoint("counts_all", f"/2/{_POST}/counts/all", None, "counts", flat=True),
    Endpoint("trends", r"/2/trends/by/woeid/(?P<id>\d+)", Trend, "trends", flat=True),
    Endpoint("usage", f"/2/usage/{_POST}", None),
)


def endpoint_of(url: str) -> tuple[Endpoint | None, str]:
    """The endpoint of an address, and the id or name in its path ('' where there is none)."""
    for endpoint in ENDPOINTS:
        if found := endpoint.match(url):
            return endpoint, found.groupdict().get("id") or ""
    return None, ""
