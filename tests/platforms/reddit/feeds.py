"""A small Reddit of lists, and what a round of collecting makes of it."""

from collections import defaultdict
from datetime import timedelta
from urllib.parse import unquote

from platforms.reddit.models import Post
from platforms.simulation.wire import as_json
from tests.platforms.reddit.wire import NOW, listing, post, subreddit, target

MINUTE = timedelta(minutes=1)
KNOWN_SINCE = {"posts": NOW - 15 * MINUTE, "about": NOW - 15 * MINUTE}


class Reddit:
    """Answers from lists of posts. `closed`: name -> answer. `deleted`: posts api/info omits."""

    def __init__(self, **feeds):
        self.feeds = feeds  # name -> posts, newest first
        self.closed, self.deleted, self.broken = {}, set(), {}
        self.ids = {name: f"t5_9{name}" for name in feeds}

    def __call__(self, call):
        path = unquote(call.path)
        if path in self.broken:
            return self.broken[path]
        if path == "/api/info":
            return self.info(call)
        _, name, what = path.strip("/").split("/")
        if what == "about":
            return self.closed.get(name) or as_json(self.about(name))
        names = name.split("+")
        if len(names) == 1 and name in self.closed:
            return self.closed[name]
        open_ = [p for n in names if n not in self.closed for p in self.feeds[n]]
        return self.page(call, open_)

    def page(self, call, posts):
        posts = sorted(posts, key=lambda p: p["data"]["created_utc"], reverse=True)
        names = [p["data"]["name"] for p in posts]
        start = names.index(call.param("after")) + 1 if call.param("after") else 0
        page = posts[start : start + int(call.param("limit"))]
        more = start + len(page) < min(len(posts), 1000)
        return as_json(listing(*page, after=page[-1]["data"]["name"] if page and more else None))

    def about(self, name):
        closed = name in self.closed
        return subreddit(self.ids[name], name, None if closed else 100)

    def info(self, call):
        asked = call.listed("id")
        posts = [p for posts in self.feeds.values() for p in posts]
        found = [p for p in posts if p["data"]["name"] in asked]
        found = [p for p in found if p["data"]["id"] not in self.deleted]
        subs = [self.about(n) for n, id_ in self.ids.items() if id_ in asked]
        subs += [self.about(n) for n in call.listed("sr_name") if n in self.ids]
        return as_json(listing(*subs, *found))


def feed(name, count, *, every=MINUTE, first=0):
    """Posts of a subreddit, the newest `first` ago."""
    moments = [NOW - first * MINUTE - every * n for n in range(count)]
    return [
        post(f"{int(m.timestamp()):d}{name}", f"t5_9{name}", at=m, title=f"{name} {m}")
        for m in moments
    ]


def watched(*names, **more):
    return [target(f"t5_9{name}", name, **{"read_at": KNOWN_SINCE, **more}) for name in names]


def gathered(pages):
    """All pages together."""
    rows, failed, vanished, read, facts = defaultdict(list), {}, [], defaultdict(list), {}
    for page in pages:
        for row in page.rows.get(Post, ()):
            rows[row["account"]].append(row["external_id"])
        failed |= page.failed
        vanished += page.vanished.get(Post, ())
        facts |= {f.account: f for f in page.accounts}
        for part, accounts in page.read.items():
            read[part] += accounts
    return rows, failed, vanished, read, facts


def until(error, pages):
    """What was yielded before the error."""
    found = []
    try:
        for page in pages:
            found.append(page)  # noqa: PERF402  what came before the error counts
    except error:
        return found
    raise AssertionError("it ended without the error")


def paths(reddit):
    return [unquote(call.path) for call in reddit.calls]
