"""The platforms as they were recorded: one account of each, answered over HTTP from real files.

An answer holds what was recorded of what is asked for, and nothing else; where a list or a name was
not recorded by itself, it is laid together from recorded values. How many follow the channel on
Twitch was never recorded: that answer has the recorded form and tells no number.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from platforms.simulation.wire import as_json

TWITCH_VIDEOS = "twitch/videos__user_20_2022"
X_POSTS = "x/user_tweets__99_of_100_2021"
YOUTUBE_LIST = "youtube/search_list__50_channel_by_date_2020"
YOUTUBE_CHANNEL = ("youtube/channels_list__snippet_2020", "youtube/channels_list__statistics_2020")
YOUTUBE_VIDEOS = (
    "youtube/videos_list__50_status_snippet_2020",
    "youtube/videos_list__50_contentDetails_2020",
    "youtube/videos_list__50_statistics_status_2020",
)
REDDIT_POSTS, SUBREDDITS = "reddit/new__askreddit_100_2020", "reddit/subreddits_popular__15_2020"
# What holds the posts and figures of the four accounts.
PUBLISHED = {
    "twitch": [TWITCH_VIDEOS],
    "twitter": [X_POSTS],
    "youtube": list(YOUTUBE_VIDEOS),
    "reddit": [REDDIT_POSTS],
}
SENT = re.compile(r"(date|x-ratelimit-.*|x-rate-limit-.*|ratelimit-.*)", re.IGNORECASE)


class RecordedPlatforms:
    """A board that answers from a folder of recordings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, dict] = {}

    def answer(self, call):
        """What was recorded of this call; 404 for what never was."""
        for host, path, step in STEPS:
            if call.host == host and (found := re.fullmatch(path, call.path)):
                return getattr(self, step)(call, *found.groups())
        return as_json({"error": "Not recorded."}, status=404)

    def body(self, name):
        """The body of a recording."""
        return self._recording(name)["body"]

    def handles(self):
        """Platform -> what a person types to add the recorded account."""
        return {
            "twitch": self.body(TWITCH_VIDEOS)["data"][0]["user_login"],
            "twitter": self._x_user()["username"],
            "youtube": f"https://www.youtube.com/channel/{self._channel_id()}",
            "reddit": f"r/{self._subreddit()['data']['display_name']}",
        }

    def _recording(self, name):
        if name not in self._kept:
            self._kept[name] = json.loads((self._folder / f"{name}.json").read_text())
        return self._kept[name]

    def _as_recorded(self, name):
        """The whole answer, with its headers as far as they say something."""
        return self._like(name, self.body(name))

    def _like(self, name, body):
        """Another body under a recording's status and headers."""
        recording = self._recording(name)
        headers = {k: str(v) for k, v in recording["headers"].items() if SENT.fullmatch(k)}
        return as_json(body, status=recording["status"], headers=headers)

    # --- Twitch -----------------------------------------------------------------------------------
    def twitch_token(self, _call):
        return self._as_recorded("twitch/token__client_credentials_2022")

    def twitch_users(self, call):
        owner = self.body(TWITCH_VIDEOS)["data"][0]
        user = {
            "id": owner["user_id"],
            "login": owner["user_login"],
            "display_name": owner["user_name"],
        }
        asked = {*call.listed("login"), *call.listed("id")} & {user["login"], user["id"]}
        return self._like(TWITCH_VIDEOS, {"data": [user] if asked else []})

    def twitch_streams(self, _call):
        return self._as_recorded("twitch/streams__offline_empty")

    def twitch_channels(self, _call):
        return self._like("twitch/channels__one_id_2022", {"data": []})

    def twitch_followers(self, _call):
        known = "twitch/followers__total_only_app_token"
        return self._like(known, self.body(known) | {"total": None})

    def twitch_videos(self, call):
        body = self.body(TWITCH_VIDEOS)
        if call.param("after") or call.param("user_id") != body["data"][0]["user_id"]:
            return self._like(TWITCH_VIDEOS, {"data": [], "pagination": {}})
        return self._as_recorded(TWITCH_VIDEOS)

    def twitch_schedule(self, _call):
        return self._as_recorded("twitch/schedule__error_404_segments_not_found")

    # --- X ----------------------------------------------------------------------------------------
    def x_users(self, call):
        user = self._x_user()
        names = [name.lower() for name in call.listed("usernames")]
        asked = user["username"].lower() in names or user["id"] in call.listed("ids")
        return self._like(X_POSTS, {"data": [user]} if asked else {"meta": {"result_count": 0}})

    def x_timeline(self, call, account):
        over = call.param("pagination_token") or call.param("since_id")
        if over or account != self._x_user()["id"]:
            return self._like(X_POSTS, {"meta": {"result_count": 0}})
        return self._as_recorded(X_POSTS)

    def _x_user(self):
        """The author, as the answer with his posts includes him."""
        body = self.body(X_POSTS)
        author = body["data"][0]["author_id"]
        return next(user for user in body["includes"]["users"] if user["id"] == author)

    # --- YouTube ----------------------------------------------------------------------------------
    def youtube_channels(self, call):
        return self._parts_of(YOUTUBE_CHANNEL, call)

    def youtube_videos(self, call):
        return self._parts_of(YOUTUBE_VIDEOS, call)

    def youtube_uploads(self, call):
        """The recorded search for the channel's videos in the form of a list of uploads.

        A search shortens the words; those of the videos themselves are whole, as in such a list.
        """
        videos = {video["id"]: video for video in self.body(YOUTUBE_VIDEOS[0])["items"]}
        found = [item["id"]["videoId"] for item in self.body(YOUTUBE_LIST)["items"]]
        ours = call.param("playlistId") == self._channel_id().replace("UC", "UU", 1)
        items = [_as_upload(videos[id_]) for id_ in found if ours]
        return self._like(YOUTUBE_LIST, {"items": items, "pageInfo": {"totalResults": len(items)}})

    def _parts_of(self, names, call):
        """What each recording tells of the ids that are asked for, laid together."""
        merged: dict[str, dict] = {}
        for name in names:
            for item in self.body(name)["items"]:
                merged[item["id"]] = merged.get(item["id"], {}) | item
        items = [merged[id_] for id_ in call.listed("id") if id_ in merged]
        return self._like(names[0], {"items": items})

    def _channel_id(self):
        return self.body(YOUTUBE_CHANNEL[0])["items"][0]["id"]

    # --- Reddit -----------------------------------------------------------------------------------
    def reddit_token(self, _call):
        return self._as_recorded("reddit/access_token__client_credentials_2016")

    def reddit_info(self, call):
        names = [name.lower() for name in call.listed("sr_name")]
        there = self._subreddit()
        asked = there["data"]["display_name"].lower() in names
        asked = asked or there["data"]["name"] in call.listed("id")
        return self._like(SUBREDDITS, _listing([there] if asked else []))

    def reddit_about(self, _call, name):
        if name.lower() != self._subreddit()["data"]["display_name"].lower():
            return self._as_recorded("reddit/errors__404_not_found_2016")
        return self._like(SUBREDDITS, self._subreddit())

    def reddit_new(self, call, name):
        ours = name.lower() == self._subreddit()["data"]["display_name"].lower()
        if call.param("after") or not ours:
            return self._like(REDDIT_POSTS, _listing([]))
        return self._as_recorded(REDDIT_POSTS)

    def _subreddit(self):
        """The one that the recorded posts stand in."""
        there = self.body(REDDIT_POSTS)["data"]["children"][0]["data"]["subreddit_id"]
        known = self.body(SUBREDDITS)["data"]["children"]
        return next(one for one in known if one["data"]["name"] == there)


def _as_upload(video: Mapping) -> dict:
    snippet = video["snippet"]
    resource = {"kind": "youtube#video", "videoId": video["id"]}
    return {
        "snippet": {**snippet, "resourceId": resource},
        "contentDetails": {"videoId": video["id"], "videoPublishedAt": snippet["publishedAt"]},
        "status": {"privacyStatus": "public"},
    }


def _listing(children):
    return {"kind": "Listing", "data": {"children": children, "after": None, "before": None}}


_HELIX, _X, _GOOGLE, _REDDIT = (
    "api.twitch.tv",
    "api.x.com",
    "www.googleapis.com",
    "oauth.reddit.com",
)
STEPS = (
    ("id.twitch.tv", "/oauth2/token", "twitch_token"),
    (_HELIX, "/helix/users", "twitch_users"),
    (_HELIX, "/helix/streams", "twitch_streams"),
    (_HELIX, "/helix/channels", "twitch_channels"),
    (_HELIX, "/helix/channels/followers", "twitch_followers"),
    (_HELIX, "/helix/videos", "twitch_videos"),
    (_HELIX, "/helix/schedule", "twitch_schedule"),
    (_X, "/2/users(?:/by)?", "x_users"),
    (_X, r"/2/users/(\d+)/tweets", "x_timeline"),
    (_GOOGLE, "/youtube/v3/channels", "youtube_channels"),
    (_GOOGLE, "/youtube/v3/playlistItems", "youtube_uploads"),
    (_GOOGLE, "/youtube/v3/videos(?::batchGetStats)?", "youtube_videos"),
    ("www.reddit.com", "/api/v1/access_token", "reddit_token"),
    (_REDDIT, "/api/info", "reddit_info"),
    (_REDDIT, "/r/([^/+]+)/about", "reddit_about"),
    (_REDDIT, "/r/([^/+]+)/new", "reddit_new"),
)
