"""Subreddits, what people post there, and how records become rows of these tables."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from django.db import models

from platforms.contract import Facts, Page, Row
from platforms.errors import Gone, Malformed
from platforms.models import Comment, Content, Entity, Ranking, Snapshot
from platforms.models.checks import not_negative
from platforms.models.entities import EntitiesOf
from platforms.reddit import records
from platforms.reddit.records import WITHHELD, Listing

ASKED_AS_TOLD = ("num_comments", "upvote_ratio", "num_crossposts", "is_self", "is_video", "over_18")


class Subreddit(Entity):
    """A watched subreddit (external id t5_...) or a person's posts (t2_..., handle u/name)."""

    objects = EntitiesOf("reddit")  # type: ignore[misc]  # narrower than Entity's

    class Meta:
        proxy = True


def _figures_make_sense(name: str) -> models.CheckConstraint:
    """A score may be negative; a ratio is a share."""
    share = models.Q(upvote_ratio__isnull=True) | models.Q(upvote_ratio__gte=0, upvote_ratio__lte=1)
    counts = not_negative("num_comments", "num_crossposts")
    return models.CheckConstraint(condition=counts & share, name=name)


class PostSnapshot(Snapshot):
    """Figures of a post from a moment on. Votes are fuzzed by Reddit: they go up and down."""

    pk = models.CompositePrimaryKey("item_id", "taken_at")
    item = models.ForeignKey(
        "reddit.Post", models.CASCADE, "snapshots", db_constraint=False, db_index=False
    )
    score = models.BigIntegerField(null=True)
    num_comments = models.BigIntegerField(null=True)
    upvote_ratio = models.FloatField(null=True)
    num_crossposts = models.BigIntegerField(null=True)

    class Meta(Snapshot.Meta):
        db_table = "reddit_post_snapshots"
        constraints = [_figures_make_sense("post_snapshot_figures_make_sense")]


class Post(Content):
    """A submission. `external_id`: base36, without the prefix t3_; it sorts by `int(id, 36)`."""

    COUNTERS = ("score", "num_comments", "upvote_ratio", "num_crossposts")
    SNAPSHOT = PostSnapshot
    ONCE = ("published_at",)
    WORDS: ClassVar = ("title", "body", "author", "flair", "domain", "url")

    title = models.TextField(blank=True)
    body = models.TextField(blank=True, help_text="Markdown; empty for links and removed texts.")
    author = models.CharField(max_length=64, blank=True)
    score = models.BigIntegerField(null=True, help_text="Votes up minus votes down, fuzzed.")
    num_comments = models.BigIntegerField(null=True, help_text="Removed ones are counted too.")
    upvote_ratio = models.FloatField(null=True, help_text="Share of votes that go up, 0 to 1.")
    num_crossposts = models.BigIntegerField(null=True)
    flair = models.TextField(blank=True)
    domain = models.TextField(blank=True)
    url = models.TextField(blank=True)
    is_self = models.BooleanField(null=True, help_text="A text, not a link.")
    is_video = models.BooleanField(null=True)
    over_18 = models.BooleanField(null=True)
    is_stickied = models.BooleanField(null=True)
    removed_by = models.CharField(
        max_length=64, blank=True, help_text="Such as 'moderator' or 'deleted' (by its author)."
    )

    class Meta(Content.Meta):
        db_table = "reddit_posts"
        constraints = [
            *Content.Meta.constraints,
            _figures_make_sense("post_figures_make_sense"),
        ]


def post_row(post: records.Post, account: str) -> Row:
    """Columns of `Post`. The score of the first hours is hidden: None, not 1."""
    words = {
        "title": post.title or "",
        "body": _told(post.selftext),
        "author": _told(post.author),
        "flair": post.link_flair_text or "",
        "domain": post.domain or "",
        "url": post.url or "",
    }
    return {
        "account": account,
        "external_id": post.id,
        "published_at": post.created_utc,
        **(dict.fromkeys(words, "") if post.forgotten else words),
        **{column: getattr(post, column) for column in ASKED_AS_TOLD},
        "score": None if post.hide_score else post.score,
        "is_stickied": post.stickied,
        "removed_by": post.removed_by_category or "",
    }


def comment_row(comment: records.Comment, account: str) -> Row:
    """Columns of the kit's `Comment`."""
    kind, _, parent = comment.parent_id.partition("_")
    return {
        "account": account,
        "external_id": comment.id,
        "item_external_id": comment.link_id.partition("_")[2],
        "parent_external_id": parent if kind == comment.KIND else "",
        "text": comment.body,
        "author": _told(comment.author),
        "score": None if comment.score_hidden else comment.score,
        "published_at": comment.created_utc,
    }


def _told(text: str | None) -> str:
    return "" if text is None or text in WITHHELD else text


def imported(row: Row) -> Row:
    """A row of a person's file: ids without prefix, or out of an address; no withheld names."""
    is_comment = "item_external_id" in row
    row = {**row, "external_id": _id_of(row["external_id"], is_comment=is_comment)}
    parent = row.get("parent_external_id", "")
    under_post = parent.startswith("t3_")
    if is_comment:
        post = row["item_external_id"] or (parent if under_post else "")
        row["item_external_id"] = post and _id_of(post, is_comment=False)
    if parent:
        row["parent_external_id"] = "" if under_post else _id_of(parent, is_comment=True)
    told = {name: _told(row[name]) for name in ("author", "body", "text") if name in row}
    return row | told


def _id_of(text: str, *, is_comment: bool) -> str:
    path = re.search(r"/comments/(\w+)(?:/[^/?#]*/(\w+))?", text)
    found = (path[2] if is_comment else path[1]) if path else re.sub(r"^t[13]_", "", text)
    if not found or not re.fullmatch(r"[0-9a-z]{1,16}", found, re.ASCII):
        raise ValueError("This is no id of Reddit: up to 16 digits and small letters.")
    return found


def facts_of(found: Listing) -> list[Facts]:
    """Accounts of an answer. Among others one that is suspended is left out, alone it is raised."""
    told = [a for a in found.things if isinstance(a, records.Subreddit | records.User)]
    facts = list[Facts]()
    for account in told:
        try:
            facts.append(account.facts())
        except (Gone, Malformed):
            if len(found.things) == 1:
                raise
    return facts


AccountsOf = Callable[[records.Post | records.Comment], Collection[str]]


def by_subreddit(thing: records.Post | records.Comment) -> Collection[str]:
    """The account under which a thing of a subreddit's listing is stored."""
    return [thing.subreddit_id]


def by_author(thing: records.Post | records.Comment) -> Collection[str]:
    """The account under which a thing of a person's listing is stored; older answers name none."""
    author = thing.author_fullname if isinstance(thing, records.Post) else None
    return [author] if author else []


def page_of(found: Listing, accounts_of: AccountsOf) -> Page:
    """Posts and comments as rows. What its author deleted has vanished, and its row no words."""
    # By key: a listing may name a thing twice, such as a post that is stuck to the top.
    posts = {(a, p.id): p for p in found.of(records.Post) for a in accounts_of(p)}
    said = {(a, c.id): c for c in found.of(records.Comment) for a in accounts_of(c)}
    rows = {
        Post: [post_row(post, a) for (a, _), post in posts.items()],
        Comment: [comment_row(c, a) for (a, _), c in said.items() if not c.forgotten],
    }
    vanished = {
        Post: [key for key, post in posts.items() if post.forgotten],
        Comment: [key for key, comment in said.items() if comment.forgotten],
    }
    return Page(
        rows={model: some for model, some in rows.items() if some},
        vanished={model: some for model, some in vanished.items() if some},
        failed={broken.account: broken.error for broken in found.broken if broken.account},
    )


def comments_of(found: Listing, account: str) -> Page:
    """The comments of a tree alone, all for one account."""
    alone = replace(found, things=tuple(found.of(records.Comment)), broken=())
    return page_of(alone, lambda _: [account])


def ranking_of(found: Listing, place: str, now: datetime) -> Page:
    """Places in a listing. `volume`: the score, unless it is hidden or negative."""
    posts = [post for post in found.of(records.Post) if not post.forgotten]
    rows = [
        {
            "place": place,
            "taken_at": now,
            "rank": rank,
            "name": (post.title or "")[:255],
            "external_id": post.id,
            "volume": None if post.hide_score or (post.score or 0) < 0 else post.score,
        }
        for rank, post in enumerate(posts, start=1)
    ]
    return Page(rows={Ranking: rows})
