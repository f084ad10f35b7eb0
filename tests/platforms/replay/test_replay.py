"""Recorded answers of the platforms through client and mapping, and odder ones than those."""

import io
import json
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from platforms import errors
from platforms.replay.exchanges import replay
from platforms.simulation.dice import dice
from tests.platforms.shared import FOLDERS, RECORDINGS, needs_data, recordings

PLATFORMS = settings.PLATFORMS
# What is not stored, by the class that platforms.md names; all others are.
NOT_STORED = {
    "CreditsSpent": """
        x/errors__402_credits_depleted_2026
    """,
    "Gone": """
        reddit/errors__302_missing_subreddit_to_search_2015 reddit/errors__302_random_2016
        reddit/errors__400_invalid_args_2020 reddit/errors__403_private_subreddit
        reddit/errors__404_banned_subreddit reddit/errors__404_not_found_2016
        twitch/schedule__error_404_segments_not_found youtube/errors__403_commentsDisabled
        youtube/errors__404_playlistNotFound_2023
    """,
    "Malformed": """
        twitch/channels__error_400_missing_broadcaster_id
        twitch/followers__error_400_no_broadcaster twitch/games_top__error_400_first_101
        twitch/streams__error_400_first_101 twitch/users__error_400_no_id
        twitch/videos__error_400_two_filters x/errors__400_end_before_start_2021
        youtube/errors__400_missing_filter_2020
    """,
    "QuotaSpent": """
        youtube/errors__403_quotaExceeded_2024
    """,
    "RateLimited": """
        reddit/access_token__error_429_2021 twitch/errors__429_rate_limited
        x/errors__429_too_many_requests
    """,
    "Refused": """
        reddit/access_token__error_400 reddit/errors__401_unauthorized_2016
        reddit/errors__403_forbidden_2025 twitch/errors__401_invalid_oauth_token
        twitch/token__error_400_invalid_client twitch/token__error_400_missing_client_id
        twitch/users__error_401_client_id_missing x/errors__401_unauthorized_2021
        x/errors__403_client_not_enrolled youtube/errors__400_API_KEY_INVALID_current
        youtube/errors__400_keyInvalid_2018 youtube/errors__401_auth_error_2020
    """,
    "Unavailable": """
        reddit/errors__500_2016 reddit/errors__502_2016 reddit/errors__503_2016
    """,
    "empty": """
        reddit/access_token__client_credentials_2016
        reddit/access_token__installed_client_2020 twitch/followers__doc_example_2026
        twitch/streams__offline_empty twitch/token__client_credentials_2022
        twitch/users_follows_retired__page57_2022 twitch/validate__app_token_2023
        x/counts_all__01339f x/counts_recent__hourly_169_2021 x/tweets__small_2_2021
        x/usage_tweets__project x/user_mentions__m1_2021
        youtube/videos_list__deleted_or_private_empty_2022b
    """,
}
CLASSES = {error.__name__ for error in errors.PlatformError.__subclasses__()}


def run(folder, *options):
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("replay", str(folder), *options, stdout=out, stderr=err)
    except SystemExit as leaving:
        status = leaving.code
    return status, out.getvalue(), err.getvalue()


def write(folder, name="one.json", **changes):
    """A recording of an empty answer of Twitch, changed."""
    recording = {
        "call": "twitch.streams",
        "request": {"method": "GET", "url": "https://api.twitch.tv/helix/streams"},
        "status": 200,
        "headers": {},
        "body": {"data": [], "pagination": {}},
    }  # fmt: skip
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(recording | changes))
    return path


def outcome_of(folder):
    status, out, err = run(folder, "--json")
    (line,) = out.splitlines()
    return status, json.loads(line), err


@pytest.fixture(scope="module")
def outcomes():
    return list(replay(RECORDINGS, now=timezone.now()))


@needs_data
def test_every_recording_is_handled(outcomes):
    assert len(outcomes) == 177
    wanted = {f"{file}.json": kind for kind, files in NOT_STORED.items() for file in files.split()}
    assert {o.file: o.outcome for o in outcomes if o.outcome != "stored"} == wanted
    assert wanted.keys() <= {outcome.file for outcome in outcomes}
    assert set(wanted.values()) <= CLASSES | {"empty"}
    assert Counter(outcome.platform for outcome in outcomes) == {
        slug: len(recordings(slug)) for slug in PLATFORMS
    }


@needs_data
def test_what_is_stored_names_its_table_and_survives_json(outcomes):
    tables = Counter()
    for outcome in outcomes:
        line = json.loads(outcome.line())
        assert set(line) >= {"file", "platform", "call", "outcome", "rows"}
        assert (line["outcome"] == "stored") == bool(line["rows"])
        tables.update(row["table"] for row in line["rows"])
    assert {"platforms_entity", "tweets", "youtube_videos", "reddit_posts"} <= tables.keys()


@needs_data
def test_the_command_prints_a_line_a_file_and_a_table():
    folder = RECORDINGS / FOLDERS["twitch"]
    status, out, err = run(folder)
    assert status == 0, err
    lines = out.splitlines()
    assert lines[0].startswith("channels__doc_example_2026.json: stored (1 row")
    assert lines[-1].split()[0] == "all"
    assert lines[-1].split()[-1] == str(len(recordings("twitch")))


def test_an_empty_answer_is_empty(tmp_path):
    write(tmp_path, "deep/down/here.json")
    status, line, _ = outcome_of(tmp_path)
    assert status == 0
    assert line == {
        "file": "deep/down/here.json", "platform": "twitch", "call": "twitch.streams",
        "outcome": "empty", "rows": [],
    }  # fmt: skip


def test_the_platform_is_found_by_the_call_where_the_address_is_strange(tmp_path):
    request = {"method": "GET", "url": "https://mirror.example.org/helix/streams", "params": {}}
    write(tmp_path, request=request)
    assert outcome_of(tmp_path)[1]["platform"] == "twitch"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "it has no request"),
        ('{"request": {}, "status": 200}', "no address"),
        ('{"request": {"url": "https://[::1/x"}, "status": 200}', "no address"),
        ('{"request": {"url": "/helix/streams"}, "status": 200}', "no address"),
        ('{"request": {"url": "https://api.twitch.tv/x"}, "status": true}', "no status"),
        (
            '{"request": {"url": "https://api.example.org/x"}, "status": 200}',
            "No platform is known",
        ),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_a_file_that_is_no_recording_is_malformed_and_the_others_go_on(tmp_path, text, sentence):
    (tmp_path / "a.json").write_text(text)
    write(tmp_path, "b.json")
    status, out, _ = run(tmp_path, "--json")
    first, second = map(json.loads, out.splitlines())
    assert status == 0
    assert (first["outcome"], second["outcome"]) == ("Malformed", "empty")
    assert sentence in first["detail"]


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("replay", str(tmp_path / "none"))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 500, "body": "", "body_type": "text"}, "Unavailable"),
        ({"status": 503, "body": "<html>down</html>", "body_type": "text"}, "Unavailable"),
        ({"status": 200, "body": "<html>blocked</html>", "body_type": "text"}, "Unavailable"),
        ({"status": 200, "body": "", "body_type": "text"}, "Malformed"),
        ({"status": 200, "body": "\x00{", "body_type": "text"}, "Malformed"),
        ({"status": 200, "body": None}, "Malformed"),
        ({"status": 200, "body": [[[]]]}, "Malformed"),
        ({"status": 429, "body": {}}, "RateLimited"),
    ],
)
def test_an_answer_of_no_platform_is_one_of_the_known_errors(tmp_path, platform, answer, outcome):
    urls = {
        "twitch": "https://api.twitch.tv/helix/streams",
        "twitter": "https://api.x.com/2/tweets",
        "youtube": "https://www.googleapis.com/youtube/v3/videos",
        "reddit": "https://oauth.reddit.com/r/python/new",
    }
    request = {"method": "GET", "url": urls[platform], "params": {"id": "1"}}
    write(tmp_path, call=f"{FOLDERS[platform]}.x", request=request, **answer)
    assert outcome_of(tmp_path)[1]["outcome"] == outcome


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_unknown_path_with_a_good_answer_holds_nothing(tmp_path, platform):
    hosts = {
        "twitch": "api.twitch.tv", "twitter": "api.x.com", "youtube": "www.googleapis.com",
        "reddit": "oauth.reddit.com",
    }  # fmt: skip
    request = {"method": "GET", "url": f"https://{hosts[platform]}/new/thing", "params": {}}
    write(tmp_path, request=request, body={"data": [{"id": "1"}], "items": []})
    assert outcome_of(tmp_path)[1]["outcome"] == "empty"


# --- Odder than the recordings --------------------------------------------------------------------
STRANGE = (
    None,
    "",
    "x",
    -1,
    10**30,
    1.5,
    float("nan"),
    True,
    [],
    {},
    "9" * 400,
    "\ud800",
    [None],
    {"a": 1},
)


def places(node, path=()):
    """Paths to all values in a body, at most a few of each long list."""
    yield path
    if isinstance(node, dict):
        for key in node:
            yield from places(node[key], (*path, key))
    elif isinstance(node, list):
        for index in range(min(len(node), 3)):
            yield from places(node[index], (*path, index))


def short(node):
    """A body of its own, with a few of each long list: `places` are among them."""
    if isinstance(node, dict):
        return {key: short(value) for key, value in node.items()}
    return [short(part) for part in node[:5]] if isinstance(node, list) else node


def changed(body, path, throw):
    """The body with the value at a path replaced, removed, or renamed."""
    node = body = short(body)
    for step in path[:-1]:
        node = node[step]
    if throw.random() < 0.25:
        value = node.pop(path[-1])
        if isinstance(node, dict) and throw.random() < 0.5:
            node["unheard_of"] = value
    else:
        node[path[-1]] = throw.choice(STRANGE)
    return body


@needs_data
@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_odd_answer_crashes(tmp_path, platform):
    throw = dice("odd", platform)
    for source in recordings(platform):
        found = json.loads(source.read_text())
        spots = [path for path in places(found["body"]) if path]
        for number, path in enumerate(throw.sample(spots, min(len(spots), 5))):
            odd = found | {"body": changed(found["body"], path, throw), "note": repr(path)}
            if throw.random() < 0.05:
                odd["status"] = throw.choice(
                    [200, 204, 302, 400, 401, 403, 404, 410, 418, 429, 500]
                )
            (tmp_path / f"{source.stem}.{number}.json").write_text(json.dumps(odd))
    crashed = [
        (outcome.file, json.loads((tmp_path / outcome.file).read_text())["note"], outcome.detail)
        for outcome in replay(tmp_path, now=timezone.now())
        if outcome.outcome == "crash"
    ]
    assert crashed == []
