"""X as a simulated platform: the calls of our client, answered from a seeded world.

Posts have ids like real ones: the moment in milliseconds, whose last three digits tell the account,
and the post's number. Some posts are edited ten minutes later, some are longer than 280 characters.
"""

import json
import re
from base64 import b32decode, b32encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from platforms import terms
from platforms.simulation.accounts import Account
from platforms.simulation.dice import dice
from platforms.simulation.grammar import TOPICS
from platforms.simulation.posts import Post
from platforms.simulation.windows import FixedWindow, Spent
from platforms.simulation.wire import Answer, Call, as_json
from platforms.simulation.world import World
from platforms.twitter.client import HOSTS, NEW, OLD
from platforms.twitter.endpoints import endpoint_of

FIRST_ID, EPOCH = 2_244_000_000, 1_288_834_974_657  # of accounts; of ids, in milliseconds
WINDOW, EDITED_AFTER = timedelta(minutes=15), timedelta(minutes=10)
CEILING = 3_200  # posts of a timeline
PROBLEMS = "https://api.twitter.com/2/problems/"
FIGURES = {
    "like_count": "likes", "reply_count": "comments", "retweet_count": "shares",
    "quote_count": "quotes", "bookmark_count": "bookmarks", "impression_count": "views",
}  # fmt: skip
RELATIONS = {"reply": "replied_to", "quote": "quoted", "repost": "retweeted"}
RENAMED = (  # trends kept their old words
    ('"retweet_count":', '"repost_count":'),
    ('"edit_history_tweet_ids":', '"edit_history_post_ids":'),
    ('"note_tweet":', '"note_post":'),
    ("https://api.twitter.com/2/", "https://api.x.com/2/"),
)
FORMS = {"ids": re.compile(r"[0-9]{1,19}"), "usernames": re.compile(r"[A-Za-z0-9_]{1,15}")}
Body = dict[str, Any]
Told = tuple[Account | None, Body | None]  # whose it is, and what is told of it


def _problem(code: int, title: str, kind: str = "", **more: object) -> Answer:
    type_ = f"{PROBLEMS}{kind}" if kind else "about:blank"
    return as_json({"title": title, "type": type_, "detail": title, **more}, status=code)


# Tokens that begin with these words meet these refusals; every other token is good.
TOKENS = {
    "wrong": _problem(401, "Unauthorized", status=401),
    "poor": _problem(402, "CreditsDepleted", "credits", account_id=2051096097834344448),
    "homeless": _problem(403, "Client Forbidden", "client-forbidden", reason="client-not-enrolled"),
}
TOO_MANY = _problem(429, "Too Many Requests", status=429)


class InvalidError(Exception):
    """A parameter, its values, and why X does not accept them."""


class XSimulator:
    """One simulated X. `new_words`: it speaks the vocabulary of 2.167 and refuses the old one."""

    def __init__(self, world: World, *, new_words: bool = False) -> None:
        self.hosts: tuple[str, ...] = HOSTS
        self.world, self._accounts = world, world.accounts("twitter")
        self._asked, self._refused = (NEW, OLD) if new_words else (OLD, NEW)
        windows = terms.load("twitter").buckets.items()
        self._windows = {name: FixedWindow(**vars(window)) for name, window in windows}
        self._answers: dict[str, Callable[[Call, str], Body]] = {
            "users_by": self._users, "users": self._users, "timeline": self._timeline,
            "posts": self._posts, "trends": self._trends,
        }  # fmt: skip

    def answer(self, call: Call) -> Answer:
        """Answer as X would: the token, then the limit, then the form, then the content."""
        endpoint, named = endpoint_of(call.path)
        if endpoint is None or endpoint.name not in self._answers or call.method != "GET":
            return Answer(status=404)
        if refused := _refused_token(call):
            return refused
        spent = self._windows[endpoint.name].spend(call.headers["authorization"], self.world.now)
        if not spent.ok:
            return self._with_headers(TOO_MANY, endpoint.name, spent)
        try:
            answer = self._in_words(self._answers[endpoint.name](call, named))
        except InvalidError as error:
            parameter, values, message = error.args
            errors = [{"parameters": {parameter: values}, "message": message}]
            answer = _problem(400, "Invalid Request", "invalid-request", errors=errors)
        return self._with_headers(answer, endpoint.name, spent)

    def limited(self, call: Call) -> Answer:
        """What X answers beyond the limit."""
        endpoint, _ = endpoint_of(call.path)
        spent = Spent(ok=False, remaining=0, reset_at=self.world.now + WINDOW)
        return self._with_headers(TOO_MANY, endpoint.name if endpoint else "user", spent)

    def _with_headers(self, answer: Answer, bucket: str, spent: Spent) -> Answer:
        headers = {
            "date": format_datetime(self.world.now, usegmt=True),
            "x-rate-limit-limit": str(self._windows[bucket].limit),
            "x-rate-limit-remaining": str(spent.remaining),
            "x-rate-limit-reset": str(int(spent.reset_at.timestamp())),
        }
        return replace(answer, headers={**answer.headers, **headers})

    def _in_words(self, body: Body) -> Answer:
        """What is empty is left out; the words are this simulator's."""
        text = json.dumps({key: value for key, value in body.items() if value})
        for old, new in RENAMED if self._asked is NEW else ():
            text = text.replace(old, new)
        return as_json(json.loads(text))

    def _state(self, account: Account) -> str:
        return account.state_at(self.world.now)

    def _handle(self, account: Account) -> str:
        return account.handle_at(self.world.now)

    def _users(self, call: Call, _: str) -> Body:
        parameter = "usernames" if call.path.endswith("/by") else "ids"
        key = self._handle if parameter == "usernames" else _user_id
        known = {key(account).lower(): account for account in self._accounts}
        told = {
            asked: self._user(call, known.get(asked.lower())) for asked in _listed(call, parameter)
        }
        return self._looked_up("user", parameter, told)

    def _user(self, call: Call, account: Account | None) -> Told:
        if account is None or self._state(account) not in {"active", "protected"}:
            return account, None
        now, told = self.world.now, {"id": _user_id(account), "name": account.title}
        more = {"protected": self._state(account) == "protected", "public_metrics": {
            "followers_count": account.audience_at(now),
            "following_count": 50 + account.index * 7,
            "post_count" if self._asked is NEW else "tweet_count": account.posts_count_at(now),
            "listed_count": account.audience_at(now) // 900,
        }}  # fmt: skip
        asked = {field: more[field] for field in call.listed("user.fields") if field in more}
        return account, {**told, "username": self._handle(account), **asked}

    def _looked_up(self, kind: str, parameter: str, told: Mapping[str, Told]) -> Body:
        gone = {asked: account for asked, (account, body) in told.items() if body is None}
        return {
            "data": [body for _, body in told.values() if body],
            "errors": [self._gone(kind, parameter, *entry) for entry in gone.items()],
        }

    def _gone(self, kind: str, parameter: str, asked: str, account: Account | None) -> Body:
        """Why it is not there. A suspended account is told as such, its posts are not found."""
        state = self._state(account) if account else "unknown"
        title, type_ = "Not Found Error", "resource-not-found"
        detail = f"Could not find {kind} with {parameter}: [{asked}]."
        if state == "protected":
            title, type_ = "Authorization Error", "not-authorized-for-resource"
        elif state == "suspended" and kind == "user":
            title, detail = "Forbidden", f"User has been suspended: [{asked}]."
        return {
            "value": asked, "detail": detail, "title": title, "resource_type": kind,
            "parameter": parameter, "resource_id": asked, "type": f"{PROBLEMS}{type_}",
        }  # fmt: skip

    def _timeline(self, call: Call, user_id: str) -> Body:
        count, words = _page_size(call), self._words(call)
        account = dict(enumerate(self._accounts, FIRST_ID)).get(int(user_id))
        if account is None or self._state(account) != "active":
            return {"errors": [self._gone("user", "id", user_id, account)]}
        cursor = b32decode(call.param("pagination_token")).decode() or f"{2**22}:0"
        below, shown = map(int, cursor.split(":"))  # a number, and how many came before it
        page = account.newest(min(count, CEILING - shown), until=self.world.now, below=below)
        since = int(call.param("since_id", "0"))
        fresh = [post for post in page if int(self._versions(post)[-1]) > since]
        data = [self._post(post, words) for post in fresh if not post.removed_at(self.world.now)]
        ids = [post["id"] for post in data]
        meta: Body = {"result_count": len(ids)}
        if ids:
            meta |= {"newest_id": max(ids, key=int), "oldest_id": min(ids, key=int)}
        if len(fresh) == count and shown + count < CEILING:
            meta["next_token"] = b32encode(f"{page[-1].number}:{shown + count}".encode()).decode()
        return {"data": data, "meta": meta}

    def _posts(self, call: Call, _: str) -> Body:
        words, told = self._words(call), dict[str, Told]()
        for id_ in _listed(call, "ids"):
            post = self._found(id_)
            is_shown = post and self._state(post.account) == "active"
            body = self._post(post, words, version=id_) if post and is_shown else None
            told[id_] = (post.account if post else None, body)
        return self._looked_up("tweet", "ids", told)

    def _found(self, id_: str) -> Post | None:
        """The post that a version belongs to, if it is published and not removed."""
        moment, number = divmod(int(id_), 2**22)
        for account in self._accounts[(moment + EPOCH) % 1000 :: 1000]:
            post = account.post(number)
            if post and id_ in self._versions(post) and not post.removed_at(self.world.now):
                return post
        return None

    def _versions(self, post: Post) -> list[str]:
        """The ids of a post's versions up to now, oldest first."""
        moments = [post.published_at]
        if post.number % 17 == 0 and post.kind in {"post", "quote"}:
            moments.append(post.published_at + EDITED_AFTER)
        return [_post_id(post, moment) for moment in moments if moment <= self.world.now]

    def _words(self, call: Call) -> list[str]:
        """The fields asked for. The parameter of the other vocabulary is refused."""
        refused = self._refused.parameter
        if values := call.listed(refused):
            raise InvalidError(refused, values, f"There is no query parameter [{refused}]")
        return call.listed(self._asked.parameter)

    def _post(self, post: Post, fields: list[str], *, version: str = "") -> Body:
        versions = self._versions(post)
        id_ = version or versions[-1]
        told = self._told(post, versions, edited=id_ != versions[0])
        if len(told["text"]) > 280:
            told["note_tweet"] = {"text": told["text"]}
            told["text"] = told["text"][:279] + "…"
        asked = {"note_tweet" if field == "note_post" else field for field in fields}
        always = {"id": id_, "text": told["text"], "edit_history_tweet_ids": versions}
        return always | {field: told[field] for field in told if field in asked}

    def _told(self, post: Post, versions: list[str], *, edited: bool) -> Body:
        moment = post.published_at + (EDITED_AFTER if edited else timedelta())
        told: Body = {
            "author_id": _user_id(post.account),
            "conversation_id": versions[0],
            "created_at": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
            "lang": post.lang,
            "public_metrics": self._metrics(post, since=moment),
            "text": " ".join([post.text] * (6 if post.number % 23 == 0 else 1)),
        }
        return told | self._relation(post, told) if post.kind != "post" else told

    def _metrics(self, post: Post, *, since: datetime) -> Body:
        """Each version counts for itself. A repost has the original's reposts and nothing else."""
        now, before = post.figures_at(self.world.now), post.figures_at(since)
        own = {"retweet_count"} if post.kind == "repost" else FIGURES.keys()
        return {
            name: max((getattr(now, key) or 0) - (getattr(before, key) or 0), 0) * (name in own)
            for name, key in FIGURES.items()
        }

    def _relation(self, post: Post, told: Body) -> Body:
        """What ties a post to another account's newest one of that moment."""
        other = self._accounts[(post.account.index + 1) % len(self._accounts)]
        earlier = other.newest(1, until=post.published_at)
        id_ = _post_id(earlier[0], earlier[0].published_at) if earlier else "20"
        tied: Body = {"referenced_tweets": [{"type": RELATIONS[post.kind], "id": id_}]}
        if post.kind == "repost":
            tied["text"] = f"RT @{other.handle_at(post.published_at)}: {told['text']}"
        if post.kind == "reply":
            tied |= {"in_reply_to_user_id": _user_id(other), "conversation_id": id_}
        return tied

    def _trends(self, call: Call, woeid: str) -> Body:
        throw = dice("trends", self.world.seed, woeid, f"{self.world.now:%Y-%m-%d %H}")
        trends: list[Body] = []
        for name in throw.sample(TOPICS, min(int(call.param("max_trends", "20")), len(TOPICS))):
            count = {"tweet_count": throw.randrange(1_500, 90_000)} if throw.random() < 0.7 else {}
            trends.append({"trend_name": f"#{name.replace(' ', '')}", **count})
        return {"data": trends}


def _refused_token(call: Call) -> Answer | None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    refused = [answer for word, answer in TOKENS.items() if token.startswith(word)]
    return next(iter(refused), None) if scheme == "Bearer" and token else TOKENS["wrong"]


def _listed(call: Call, parameter: str) -> list[str]:
    values = call.listed(parameter)
    if not 1 <= len(values) <= 100:
        raise InvalidError(parameter, values, "The number of values is not between 1 and 100")
    if odd := [value for value in values if not FORMS[parameter].fullmatch(value)]:
        raise InvalidError(parameter, odd, "The values are not valid")
    return list(dict.fromkeys(values))


def _page_size(call: Call) -> int:
    value = call.param("max_results", "10")
    if not (value.isdecimal() and 5 <= int(value) <= 100):
        raise InvalidError("max_results", [value], "The value is not between 5 and 100")
    return int(value)


def _user_id(account: Account) -> str:
    return str(FIRST_ID + account.index)


def _post_id(post: Post, moment: datetime) -> str:
    millis = int(moment.timestamp()) * 1000 + post.account.index % 1000
    return str((millis - EPOCH) * 2**22 + post.number)
