"""A client whose calls end in this process, and the account of what they cost."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from platforms import terms
from platforms.contract import Connection, Target
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.simulation.wire import Answer, as_json
from platforms.youtube import collector
from platforms.youtube.client import HOSTS, YoutubeClient
from platforms.youtube.manifest import Credentials
from platforms.youtube.models import Video

KEY = "AIzaSy-canary-0123456789-abcdefghij"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TERMS = terms.load("youtube")
CHANNEL = "UC" + "a" * 22
OTHER = "UC" + "b" * 22
READ_LATELY = {"details": NOW - timedelta(minutes=5)}


class Tally:
    """A budget without limits that writes down what happens to it."""

    def __init__(self):
        self.taken, self.lowered, self.blocked = Counter(), {}, {}

    def take(self, bucket, *, cost=1):
        assert bucket in TERMS.buckets
        self.taken[bucket] += cost

    def lower(self, bucket, *, remaining):
        self.lowered[bucket] = remaining

    def block(self, bucket, *, seconds):
        self.blocked[bucket] = seconds

    def charge(self, kind, ids):
        raise AssertionError(f"YouTube bills nothing, but {kind} {ids} was charged")


class NoTokens:
    """The key is the credential itself: there is nothing to keep."""

    def get(self):
        raise AssertionError

    put = forget = get


def client_of(handler, *, budget=None, key=KEY):
    """`calls` of the client: what reached the platform. `budget`: what was kept of it."""
    calls = []

    def listening(call):
        calls.append(call)
        return handler(call)

    session = local_session(listening, HOSTS)
    connection = Connection(
        credentials=Credentials(api_key=key),
        http=HttpClient(session=session, pause=lambda _: None),
        budget=budget or Tally(),
        tokens=NoTokens(),
        terms=TERMS,
    )
    made = YoutubeClient(connection)
    made.calls, made.budget = calls, connection.budget
    return made


def answering(body, *, status=200, headers=None):
    """A handler that gives one answer to everything."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _call: Answer(status=status, headers=headers or {}, body=content)


def listed(*items, **more):
    """A good answer."""
    return as_json({"kind": "youtube#list", "items": list(items), **more})


def error(status, *reasons, text="", domain="youtube.parameter", **more):
    """The body of an error in Google's form."""
    errors = [{"reason": reason, "domain": domain, "message": text} for reason in reasons]
    return {"error": {"code": status, "message": text, "errors": errors, **more}}


def channel(id_=CHANNEL, **statistics):
    return {
        "id": id_,
        "snippet": {"title": "Channel", "customUrl": "@channel"},
        "contentDetails": {"relatedPlaylists": {"uploads": f"UU{id_[2:]}"}},
        "statistics": {
            "subscriberCount": "1930",
            "viewCount": "7",
            "videoCount": "3",
            **statistics,
        },
    }


def upload(video, at="2026-11-24T10:00:00Z", **snippet):
    words = {"publishedAt": at, "channelId": CHANNEL, "title": f"Title of {video}",
             "description": "", "resourceId": {"videoId": video}}  # fmt: skip
    return {"snippet": words | snippet, "contentDetails": {"videoPublishedAt": at}}


def video(id_, at="2026-11-24T10:00:00Z", live="none", **statistics):
    words = {"publishedAt": at, "channelId": CHANNEL, "title": f"Title of {id_}",
             "description": "", "liveBroadcastContent": live}  # fmt: skip
    figures = {"viewCount": "10", "likeCount": "2", "commentCount": "1", **statistics}
    return {"id": id_, "snippet": words, "statistics": figures,
            "contentDetails": {"duration": "PT5M"}}  # fmt: skip


def target(account=CHANNEL, **more):
    return Target(account=account, handle="@channel", **more)


class Site:
    """A small YouTube made of lists: channel -> pages of uploads; and videos by id."""

    def __init__(self, *, channels=(), pages=(), videos=(), stats=None):
        self.channels, self.pages = channels, pages
        self.videos = {found["id"]: found for found in videos}
        self.stats = self.videos if stats is None else {found["id"]: found for found in stats}

    def __call__(self, call):
        return getattr(self, f"of_{call.path.rsplit('/', 1)[1].replace(':', '_')}")(call)

    def of_channels(self, call):
        return listed(*[found for found in self.channels if found["id"] in call.listed("id")])

    def of_playlistItems(self, call):  # noqa: N802  the platform's name
        number = int(call.param("pageToken", "0"))
        more = {"nextPageToken": str(number + 1)} if number + 1 < len(self.pages) else {}
        return listed(*(self.pages[number] if self.pages else []), **more)

    def of_videos(self, call):
        return listed(*[self.videos[v] for v in call.listed("id") if v in self.videos])

    def of_videos_batchGetStats(self, call):  # noqa: N802
        return listed(*[self.stats[v] for v in call.listed("id") if v in self.stats])


def collected(site, *targets, **more):
    client = client_of(site, **more)
    return client, list(collector.collect(client, targets or [target()], NOW))


def rows_of(pages, model=Video):
    found = {}
    for page in pages:
        for row in page.rows.get(model, ()):
            found[row["external_id"]] = {**found.get(row["external_id"], {}), **row}
    return found


def vanished(pages):
    return [gone for page in pages for gone in page.vanished.get(Video, ())]


def failed(pages):
    return {account: failure for page in pages for account, failure in page.failed.items()}


def asked(client, call):
    return [c for c in client.calls if c.path.endswith(f"/{call}")]
