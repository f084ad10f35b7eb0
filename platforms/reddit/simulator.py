"""Reddit as a simulated platform: the calls of our client, answered from a seeded world.

Ids are like real ones, base36 and growing with time: the second, the subreddit, the post's number.
Of what is deleted, api/info leaves one half out, and says of the other that it was deleted. People
are not simulated.
"""

import re
import string
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

from platforms import terms
from platforms.http import Request
from platforms.reddit.client import BUCKET, endpoint_of
from platforms.simulation.accounts import Account
from platforms.simulation.posts import Post
from platforms.simulation.windows import FixedWindow, Spent
from platforms.simulation.wire import Answer, Call, as_json
from platforms.simulation.world import World

WEB, API, EPOCH = "www.reddit.com", "oauth.reddit.com", datetime(2005, 6, 1, tzinfo=UTC)
TOKEN_SECONDS, CEILING = 86_400, 1_000  # things of a listing
DAY, HIDDEN_FOR = timedelta(days=1), timedelta(hours=1)  # hidden: the score of a young post
SHOWN_COMMENTS = 40  # of a tree; the others stand in `more`
Body = dict[str, Any]


def _refusal(status: int, message: str, **more: object) -> Answer:
    return as_json({**more, "message": message, "error": status}, status=status)


BLOCKED = Answer(status=403, body=b"<html>You've been blocked by network security.</html>")
# Client ids that begin with these words meet these refusals; every other one is good.
CLIENTS = {"wrong": _refusal(401, "Unauthorized"), "unapproved": _refusal(403, "Forbidden")}
CLOSED = {
    **{word: _refusal(403, "Forbidden", reason=word) for word in ("private", "quarantined")},
    "banned": _refusal(404, "Not Found", reason="banned"),
}
TOO_MANY = _refusal(429, "Too Many Requests")


def _all(names: str, value: object = None) -> Body:
    return dict.fromkeys(names.split(), value)


# What Reddit tells of every post and subreddit, and nobody here varies.
POST: Body = {
    **_all("approved_by author_flair_css_class author_flair_text banned_by distinguished likes"),
    **_all("link_flair_css_class media num_reports removal_reason report_reasons secure_media"),
    **_all("removed_by_category selftext_html suggested_sort"),
    **_all("archived clicked edited hidden locked over_18 quarantine saved visited", value=False),
    **_all("downs gilded", 0), **_all("media_embed secure_media_embed", {}),
    **_all("mod_reports user_reports", []), "thumbnail": "self",
}  # fmt: skip
SUBREDDIT: Body = {
    **_all("banner_size description_html header_img header_size header_title icon_size"),
    **_all("submit_text_html public_description_html suggested_comment_sort accounts_active"),
    **_all("banner_img icon_img key_color submit_link_label submit_text submit_text_label", ""),
    **_all("collapse_deleted_comments hide_ads over18 public_traffic quarantine", value=False),
    **_all("user_is_contributor user_is_moderator user_is_muted user_is_banned", value=False),
    **_all("user_is_subscriber user_sr_theme_enabled wiki_enabled", value=False),
    "comment_score_hide_mins": 0, "lang": "en", "submission_type": "any",
}  # fmt: skip


class RedditSimulator:
    """One simulated Reddit."""

    def __init__(self, world: World) -> None:
        self.hosts: tuple[str, ...] = (WEB, API)
        self.world, self._accounts = world, world.accounts("reddit")
        self._window = FixedWindow(**vars(terms.load("reddit").buckets[BUCKET]))
        self._answers: dict[str, Callable[[Call], Answer]] = {
            "info": self._info, "about": self._about, "posts": self._posts, "tree": self._tree,
        }  # fmt: skip

    def answer(self, call: Call) -> Answer:
        """Answer as Reddit would: who calls, then the limit, then the content."""
        endpoint = endpoint_of(Request(call.method, f"https://{call.host}{call.path}"))
        if endpoint and endpoint.name == "token":
            return self._token(call)
        client = _client_of(call, self.world.now)
        if call.host == WEB or endpoint is None or endpoint.name not in self._answers:
            return BLOCKED if call.host == WEB else _refusal(404, "Not Found")
        if client is None:
            return _refusal(401, "Unauthorized")
        spent = self._window.spend(client, self.world.now)
        if not spent.ok or "(by /u/" not in call.headers.get("user-agent", ""):
            return self._with_headers(TOO_MANY, spent)
        return self._with_headers(self._answers[endpoint.name](call), spent)

    def limited(self, call: Call) -> Answer:
        """What Reddit answers beyond the limit."""
        del call  # the same for all
        reset = self.world.now + timedelta(seconds=self._window.seconds)
        return self._with_headers(TOO_MANY, Spent(ok=False, remaining=0, reset_at=reset))

    def _with_headers(self, answer: Answer, spent: Spent) -> Answer:
        headers = {
            "x-ratelimit-used": str(self._window.limit - spent.remaining),
            "x-ratelimit-remaining": f"{spent.remaining}.0",
            "x-ratelimit-reset": str(round((spent.reset_at - self.world.now).total_seconds())),
        }
        return replace(answer, headers={**answer.headers, **headers})

    def _token(self, call: Call) -> Answer:
        word, _, basic = call.headers.get("authorization", "").partition(" ")
        client = b64decode(basic).decode().partition(":")[0] if word == "Basic" else ""
        form = parse_qs(call.body.decode())
        if refused := next((a for word, a in CLIENTS.items() if client.startswith(word)), None):
            return refused
        if not client or form.get("grant_type") != ["client_credentials"]:
            return as_json({"error": "unsupported_grant_type"}, status=200 if client else 401)
        expires = int(self.world.now.timestamp()) + TOKEN_SECONDS
        token = {"access_token": f"{client}.{expires}", "expires_in": TOKEN_SECONDS}
        return as_json({**token, "token_type": "bearer", "scope": "*"})

    def _named(self, name: str) -> Account | None:
        now, name = self.world.now, name.lower()
        return next((a for a in self._accounts if a.handle_at(now).lower() == name), None)

    def _state(self, account: Account) -> str:
        return account.state_at(self.world.now)

    def _about(self, call: Call) -> Answer:
        name = call.path.split("/")[2]
        if (account := self._named(name)) is None:
            return _missing(name)
        return CLOSED.get(self._state(account), as_json(self._subreddit(account, alone=True)))

    def _subreddit(self, account: Account, *, alone: bool = False) -> Body:
        """Only asked for alone it tells who is here now. A closed one has no figures."""
        now, state, name = self.world.now, self._state(account), account.handle_at(self.world.now)
        told = account.audience_at(now) if state not in CLOSED else None
        return {"kind": "t5", "data": {
            **SUBREDDIT, "id": _subreddit_id(account), "name": f"t5_{_subreddit_id(account)}",
            "display_name": name, "title": account.title, "url": f"/r/{name}/",
            "description": account.description, "public_description": account.description,
            "subreddit_type": "private" if state == "private" else "public", "subscribers": told,
            "accounts_active": told // 500 if alone and told else None,
            **_created(account.born_at),
        }}  # fmt: skip

    def _posts(self, call: Call) -> Answer:
        _, _, names, *rest = (*call.path.rstrip("/").split("/"), "", "")
        asked = unquote(names).split("+")
        found = {name: self._named(name) for name in asked}
        if not any(found.values()):
            return _missing(names)
        open_ = [a for a in found.values() if a and self._state(a) not in CLOSED]
        if len(asked) == 1 and not open_:
            return CLOSED[self._state(next(a for a in found.values() if a))]
        order = rest[0].removesuffix(".json") or "hot"
        return self._listed(call, open_) if order == "new" else self._ranked(call, open_, order)

    def _listed(self, call: Call, accounts: Sequence[Account]) -> Answer:
        """Newest first, down to the ceiling. The cursor is the last post's name."""
        limit, now = min(int(call.param("limit", "25")), 100), self.world.now
        last = self._post(call.param("after").removeprefix("t3_"))
        until = min(now, last.published_at + timedelta(seconds=1)) if last else now
        shown = sum(a.posts_count_at(now) - a.posts_count_at(until) for a in accounts)
        found = [p for a in accounts for p in a.newest(limit + 30, until=until)]
        found = [p for p in found if not last or _post_key(p) < _post_key(last)]
        found = sorted((p for p in found if not p.removed_at(now)), key=_post_key, reverse=True)
        page = found[: max(min(limit, CEILING - shown), 0)]
        more = len(found) > len(page) > 0 and shown + len(page) < CEILING
        after = f"t3_{post_id(page[-1])}" if more else None
        return as_json(_listing([self._told(post) for post in page], after))

    def _ranked(self, call: Call, accounts: Sequence[Account], order: str) -> Answer:
        """hot and top: the best of the last day, the sticky post of a subreddit before them."""
        now = self.world.now
        found = [p for a in accounts for p in a.posts(now - DAY, now) if not p.removed_at(now)]
        found.sort(key=lambda p: (p.figures_at(now).score or 0, p.number), reverse=True)
        told = [self._told(p) for p in found[: min(int(call.param("limit", "25")), 100)]]
        stuck = accounts[0].newest(1, until=now - 30 * DAY) if len(accounts) == 1 else []
        if order == "hot" and stuck:
            told = [self._told(stuck[0], stickied=True), *told]  # on top of the limit
        return as_json(_listing(told))

    def _post(self, text: str) -> Post | None:
        """The post of an id, if there is one by now."""
        if not re.fullmatch("[0-9a-z]{1,13}", text):
            return None
        number, index = int(text, 36) & (2**22 - 1), int(text, 36) >> 22 & (2**10 - 1)
        post = self._accounts[index].post(number) if index < len(self._accounts) else None
        exists = post and post_id(post) == text and post.published_at <= self.world.now
        return post if exists else None

    def _told(self, post: Post, *, stickied: bool = False) -> Body:
        now, id_, name = self.world.now, post_id(post), post.account.handle_at(self.world.now)
        figures, young = post.figures_at(now), now - post.published_at < HIDDEN_FOR
        score, own = 1 if young else figures.score, post.kind == "self"
        link, domain = f"/r/{name}/comments/{id_}/post/", f"{post.kind}.example.org"
        deleted = {"removed_by_category": "deleted", "author": "[deleted]", "selftext": "[deleted]"}
        return {"kind": "t3", "data": {
            **POST, "id": id_, "name": f"t3_{id_}", "title": post.title, "selftext": post.text,
            "subreddit": name, "subreddit_id": f"t5_{_subreddit_id(post.account)}",
            "score": score, "ups": score, "hide_score": young, "upvote_ratio": figures.ratio,
            "num_comments": figures.comments, "num_crossposts": figures.shares,
            "link_flair_text": post.topic, "is_self": own, "is_video": post.kind == "video",
            "domain": f"self.{name}" if own else domain, "permalink": link, "stickied": stickied,
            "url": f"https://{WEB}{link}" if own else f"https://{domain}/{id_}",
            **_created(post.published_at), "author": post.author or "[deleted]",
            **(deleted if post.removed_at(now) else {}),
        }}  # fmt: skip

    def _info(self, call: Call) -> Answer:
        asked = call.listed("id")[:100]
        found = [self._thing(*name.partition("_")[::2]) for name in asked]
        named = [self._named(name) for name in call.listed("sr_name")]
        found += [self._subreddit(account) for account in named if account]
        return as_json(_listing([thing for thing in found if thing]))

    def _thing(self, kind: str, id_: str) -> Body | None:
        if kind == "t5":
            found = (a for a in self._accounts if _subreddit_id(a) == id_)
            return next((self._subreddit(a) for a in found), None)
        if kind == "t1":
            under = self._post(_base36(int(id_, 36) >> 8))
            said = _comments(under, self.world.now) if under else []
            return next((c for c in said if c["data"]["id"] == id_), None)
        post = self._post(id_)
        if post is None or self._state(post.account) in CLOSED:
            return None
        left_out = post.removed_at(self.world.now) and post.number % 2
        return None if left_out else self._told(post)

    def _tree(self, call: Call) -> Answer:
        post = self._post(call.path.rstrip("/").split("/comments/")[1].split("/")[0])
        if post is None or self._state(post.account) in CLOSED:
            return CLOSED[self._state(post.account)] if post else _refusal(404, "Not Found")
        found, parent = _comments(post, self.world.now), f"t3_{post_id(post)}"
        rest = [comment["data"]["id"] for comment in found[SHOWN_COMMENTS:]]
        first = rest[0] if rest else "_"  # as Reddit writes it where nothing is left out
        more = {"children": rest, "count": len(rest), "id": first, "name": f"t1_{first}"}
        shown = [*found[:SHOWN_COMMENTS], {"kind": "more", "data": {**more, "parent_id": parent}}]
        return as_json([_listing([self._told(post)]), _listing(shown)])


def post_id(post: Post) -> str:
    """Its id without the prefix: the second, the subreddit, the number."""
    return _base36(_post_key(post))


def _post_key(post: Post) -> int:
    seconds = int((post.published_at - EPOCH).total_seconds())
    return seconds << 32 | post.account.index << 22 | post.number


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = (string.digits + string.ascii_lowercase)[digit] + digits
    return digits or "0"


def _subreddit_id(account: Account) -> str:
    return _base36(36**3 * 9 + account.index)


def _comments(post: Post, moment: datetime) -> list[Body]:
    """Flat: all stand under the post, where Reddit also nests them."""
    link, key, told = f"t3_{post_id(post)}", _post_key(post) << 8, []
    for comment in post.account.world.comments(post, moment):
        id_ = _base36(key | comment.number)
        told.append({"kind": "t1", "data": {
            "id": id_, "name": f"t1_{id_}", "link_id": link, "parent_id": link, "replies": "",
            "author": comment.author, "body": comment.text, "body_html": comment.text,
            "score": comment.likes, "score_hidden": False, "likes": None, "distinguished": None,
            "subreddit": "", "subreddit_id": f"t5_{_subreddit_id(post.account)}",
            **_created(comment.published_at),
        }})  # fmt: skip
    return told


def _created(moment: datetime) -> Body:
    return dict.fromkeys(("created", "created_utc"), float(int(moment.timestamp())))


def _listing(children: Sequence[Body], after: str | None = None) -> Body:
    data = {"after": after, "before": None, "dist": len(children), "modhash": None}
    return {"kind": "Listing", "data": {**data, "children": list(children)}}


def _missing(name: str) -> Answer:
    return Answer(status=302, headers={"Location": f"https://{API}/subreddits/search?q={name}"})


def _client_of(call: Call, now: datetime) -> str | None:
    """Whose token it is, unless it is none of ours or has expired."""
    token = call.headers.get("authorization", "").removeprefix("Bearer ")
    client, _, expires = token.rpartition(".")
    return client if client and expires.isdecimal() and int(expires) > now.timestamp() else None
