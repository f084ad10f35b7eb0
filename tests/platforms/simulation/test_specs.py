"""Every call of every simulator, held against the platforms' own API descriptions."""

import json
import re
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from platforms.contract import Facts, Target
from platforms.errors import PlatformError
from platforms.http import Request
from platforms.local_http import local_session
from platforms.simulation.switchboard import switchboard
from platforms.simulation.wire import Answer, Call
from platforms.simulation.world import World
from tests.platforms.connections import Stage, client
from tests.platforms.shared import needs_data, recordings
from tests.platforms.simulation.specs import problems

pytestmark = needs_data
START = datetime(2026, 9, 1, 18, tzinfo=UTC)
# The calls that the issue names, by path; each must have been seen with a good answer.
CALLS = {
    "twitch": [
        "/oauth2/token", "/helix/users", "/helix/streams", "/helix/channels", "/helix/videos",
        "/helix/channels/followers", "/helix/games/top", "/helix/schedule",
    ],
    "twitter": [
        "/2/users/by", "/2/users", r"/2/users/\d+/tweets", "/2/tweets", r"/2/trends/by/woeid/\d+",
    ],
    "youtube": [
        f"/youtube/v3/{name}"
        for name in ("channels", "playlistItems", "videos", "videos:batchGetStats",
                     "commentThreads", "search")
    ],
    "reddit": [
        "/api/v1/access_token", r"/r/[\w+]+/new", r"/r/[\w+]+/hot", r"/r/[\w+]+/top",
        r"/r/\w+(\+\w+)+/new", r"/r/\w+/about", "/api/info", r"/comments/\w+",
    ],
}  # fmt: skip


def targets_of(model, facts, pages):
    """What a second poll would know: the newest item of each account, and ids to read again."""
    known = defaultdict(list)
    for row in (row for page in pages for row in page.rows.get(model, ())):
        if "published_at" in row and row.get(model.ASK_BY):
            known[row["account"]].append((row["published_at"], str(row[model.ASK_BY])))
    for fact in facts:
        items = sorted(known[fact.account], reverse=True)[:30]
        ids = tuple(id_ for _, id_ in items)
        newest = next(iter(ids), None)
        yield Target(account=fact.account, handle=fact.handle, newest_id=newest, due_ids=ids)


def drive(stage):
    """All that the product does with a platform, on several days; returns what it was told."""
    platform, items = stage.platform, []
    facts = [found for found in stage.resolve().values() if isinstance(found, Facts)]
    targets = [Target(account=fact.account, handle=fact.handle) for fact in facts]
    for days in (0, 1, 4):
        stage.world.advance(timedelta(days=days))
        pages = stage.collect(targets)
        targets = list(targets_of(platform.content, facts, pages))
        items += [id_ for target in targets for id_ in target.due_ids[:3]]
    if platform.search:
        platform.search(stage.client, "north")
    if platform.rankings:
        name = facts[0].handle.removeprefix("r/")
        places = {"twitch": "games", "twitter": "woeid:1", "reddit": f"r/{name}/hot"}
        platform.rankings(stage.client, places[platform.slug], stage.now)
    if platform.comments:
        for target in targets[:6]:
            list(platform.comments(stage.client, target.account, target.due_ids[:4], stage.now))
    return facts, items


@pytest.fixture(scope="module", params=settings.PLATFORMS)
def driven(request):
    stage = Stage(request.param, start=START, accounts=12, pace=0.7)
    facts, items = drive(stage)
    for asked in EXTRA[request.param](stage, facts, items):
        with suppress(PlatformError):  # the answer is what counts here
            stage.client.send(asked)
    return stage


def get(url, **params):
    return Request("GET", url, params)


def of_twitch(stage, facts, _):
    helix = "https://api.twitch.tv/helix"
    some = [fact.account for fact in facts[:3]]
    yield get(f"{helix}/streams", first=1)
    yield get(f"{helix}/streams", user_id=[str(n) for n in range(101)])
    yield get(f"{helix}/streams", first=101)
    yield get(f"{helix}/users")
    yield get(f"{helix}/users", id=[some[0], "999999999"], login=["nobody_at_all"])
    yield get(f"{helix}/channels")
    yield get(f"{helix}/videos", user_id=some[0], id=["1"])
    yield get(f"{helix}/channels/followers")
    yield get(f"{helix}/schedule", broadcaster_id="999999999")
    yield get(f"{helix}/nowhere")


def of_twitter(stage, facts, items):
    two = "https://api.x.com/2"
    metrics = "public_metrics,created_at,lang"
    yield get(f"{two}/users/by", usernames="nobody_at_all," + facts[0].handle)
    yield get(f"{two}/users/{facts[0].account}/tweets", max_results=5)
    yield get(f"{two}/users/{facts[0].account}/tweets", max_results=2)
    yield get(f"{two}/users/123/tweets")
    yield get(f"{two}/tweets", ids=",".join([*items[:3], "1"]), **{"tweet.fields": metrics})
    yield get(f"{two}/tweets", ids=",".join([*items[:3], "1"]), **{"post.fields": metrics})
    yield get(f"{two}/tweets", ids=",".join(str(10**18 + n) for n in range(101)))
    yield get(f"{two}/users", ids=facts[0].account, **{"user.fields": "public_metrics,created_at"})
    yield get(f"{two}/nowhere")


def of_youtube(stage, facts, items):
    v3 = "https://www.googleapis.com/youtube/v3"
    yield get(f"{v3}/channels", part="snippet,statistics", forHandle="@nobody.at.all")
    yield get(f"{v3}/channels", part="id", id=",".join(["UC" + "x" * 22] * 51))
    yield get(f"{v3}/playlistItems", part="snippet,contentDetails", playlistId="UU" + "x" * 22)
    yield get(f"{v3}/videos", part="snippet,statistics", id="xxxxxxxxxxx")
    yield get(f"{v3}/videos", part="snippet")
    yield get(f"{v3}/commentThreads", part="snippet", videoId="xxxxxxxxxxx")
    for fact in facts[:5]:
        yield get(
            f"{v3}/playlistItems", part="snippet", playlistId="UU" + fact.account[2:], maxResults=50
        )


def of_reddit(stage, facts, items):
    oauth = "https://oauth.reddit.com"
    names = [fact.handle.removeprefix("r/") for fact in facts[:3]]
    yield get(f"{oauth}/r/{names[0]}/about", raw_json=1)
    yield get(f"{oauth}/r/nobody_at_all/new", raw_json=1)
    yield get(f"{oauth}/r/{'+'.join(names)}/new", limit=100, raw_json=1)
    yield get(f"{oauth}/r/{names[0]}/hot", raw_json=1)
    yield get(f"{oauth}/r/{names[0]}/top", t="week", raw_json=1)
    yield get(f"{oauth}/api/info", sr_name=",".join(names), raw_json=1)
    for account in stage.world.accounts("reddit")[6:9]:
        yield get(f"{oauth}/r/{account.handle_at(stage.now)}/about", raw_json=1)
        yield get(f"{oauth}/r/{account.handle_at(stage.now)}/new", raw_json=1)


EXTRA = {"twitch": of_twitch, "twitter": of_twitter, "youtube": of_youtube, "reddit": of_reddit}


def test_no_answer_of_a_simulator_contradicts_the_description(driven):
    slug = driven.platform.slug
    found = defaultdict(list)
    for call, answer in driven.exchanges:
        for problem in problems(slug, call, answer):
            found[re.sub(r"\d+", "0", problem)].append(f"{call.method} {call.path} {answer.status}")
    assert {problem: (len(where), where[0]) for problem, where in found.items()} == {}


def test_every_call_was_seen_with_a_good_answer_and_with_a_refusal(driven):
    good = {call.path for call, answer in driven.exchanges if answer.status == 200}
    unseen = [p for p in CALLS[driven.platform.slug] if not any(re.fullmatch(p, g) for g in good)]
    assert unseen == []
    assert len({answer.status for _, answer in driven.exchanges}) > 1


def test_an_answer_beyond_the_limit_has_the_platforms_own_form(driven):
    call = next(call for call, answer in driven.exchanges if answer.status == 200)
    answer = driven.simulator.limited(call)
    assert answer.status == 429
    assert problems(driven.platform.slug, call, answer) == []


def test_the_other_vocabulary_of_x_is_described_too():
    from platforms.twitter.simulator import XSimulator

    exchanges = []
    board = switchboard(
        World(start=START, accounts=6),
        {"twitter": lambda world: XSimulator(world, new_words=True)},
    )

    def listen(call):
        answer = board.answer(call)
        exchanges.append((call, answer))
        return answer

    stage = Stage("twitter", start=START, accounts=6)
    stage.session.close()
    stage.client = client(stage.platform, local_session(listen, board.hosts))
    facts = [found for found in stage.resolve().values() if isinstance(found, Facts)]
    stage.collect([Target(account=fact.account, handle=fact.handle) for fact in facts])
    assert any(b"repost_count" in answer.body for _, answer in exchanges)
    assert [p for call, answer in exchanges for p in problems("twitter", call, answer)] == []


# --- The check itself -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("twitch", "streams__doc_example_2026"),
        ("twitter", "tweets__two_minimal_2022"),
        ("youtube", "channels_list__one_full"),
        ("reddit", "hot__popular_100_2026"),
    ],
)
def test_real_answers_agree_with_the_description_and_bent_ones_do_not(platform, name):
    (path,) = (path for path in recordings(platform) if path.stem == name)
    recording = json.loads(path.read_text())
    asked = recording["request"]
    host, _, path = asked["url"].removeprefix("https://").partition("/")
    params = {k: v if isinstance(v, list) else [str(v)] for k, v in asked["params"].items()}
    call = Call(method="GET", host=host, path=f"/{path}", params=params)
    text = json.dumps(recording["body"])
    assert problems(platform, call, Answer(body=text.encode())) == []
    bent = re.sub(r'"id": "', '"id": 5, "idd": "', text)
    assert problems(platform, call, Answer(body=bent.encode())) != []
    strange = Call(method="GET", host=host, path=f"/{path}", params={**params, "strange": ["1"]})
    assert problems(platform, strange, Answer(body=text.encode())) == [
        "parameter strange is unknown"
    ]
