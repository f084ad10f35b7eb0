"""What the figures of a post amount to, and how its columns are called in an export."""

from django.db.models import BigIntegerField, Case, F, When

from platforms.twitter.models import Tweet

# A repost earns its account nothing: its figures are the original's. Unknown (NULL) where a part
# of the sum is unknown.
ENGAGEMENT = Case(
    When(kind=Tweet.Kind.REPOST, then=None),
    default=F("like_count") + F("repost_count") + F("reply_count") + F("quote_count"),
    output_field=BigIntegerField(null=True),
)

COLUMNS = {
    "external_id": "Post id",
    "published_at": "Published",
    "kind": "Kind",
    "text": "Text",
    "lang": "Language",
    "like_count": "Likes",
    "repost_count": "Reposts",
    "reply_count": "Replies",
    "quote_count": "Quotes",
    "bookmark_count": "Bookmarks",
    "impression_count": "Impressions",
    "followers": "Followers when first seen",
    "conversation_id": "Conversation id",
    "current_id": "Id of the newest version",
    "first_seen_at": "First seen",
    "last_seen_at": "Last seen",
}
