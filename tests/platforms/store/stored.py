"""What tests of the store share: pages of posts on X, and saving them as their owner."""

from datetime import UTC, datetime, timedelta

from accounts.tenancy import tenant
from platforms.contract import Page
from platforms.store import save
from platforms.twitter.models import Tweet, TweetSnapshot

SLOT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = timedelta(minutes=15)
FIGURES = {
    "like_count": 5, "repost_count": 1, "reply_count": 0,
    "quote_count": 0, "bookmark_count": None, "impression_count": 100,
}  # fmt: skip


def tweet(external_id="1", account="11", **told):
    """A whole row, as a timeline tells it."""
    return {
        "account": account, "external_id": external_id, "current_id": external_id,
        "published_at": SLOT - timedelta(hours=3, minutes=20), "text": "Tide", "lang": "en",
        "conversation_id": external_id, "kind": "post", "followers": 1000, **FIGURES, **told,
    }  # fmt: skip


def figures(external_id="1", account="11", **told):
    """Figures alone, as a refresh may tell them."""
    return {"account": account, "external_id": external_id, **told}


def page(*rows, model=Tweet, **parts):
    return Page(rows={model: list(rows)} if rows else {}, **parts)


def store(person, *pages, slot=SLOT, now=None, platform="twitter"):
    with tenant(person.pk):
        return save(pages, owner_id=person.pk, platform=platform, slot=slot, now=now or slot)


def told(stored):
    """Counts that are not 0."""
    counts = vars(stored).items()
    return {name: count for name, count in counts if count and name != "by_entity"}


def only(person, model=Tweet, **lookup):
    with tenant(person.pk):
        return model.objects.get(**lookup)


def history(person, external_id="1"):
    """Likes at each moment at which figures were noted."""
    with tenant(person.pk):
        rows = TweetSnapshot.objects.filter(item__external_id=external_id).order_by("taken_at")
        return [(row.taken_at, row.like_count) for row in rows]


def count(person, model=Tweet):
    with tenant(person.pk):
        return model.objects.count()
