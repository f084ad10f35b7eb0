"""What the figures of a video amount to, and how its columns are called in an export."""

from django.db.models import BigIntegerField, F
from django.db.models.functions import Coalesce

# Unknown (NULL) where likes are hidden or were never read. Comments that are off are known: none.
ENGAGEMENT = F("like_count") + Coalesce(
    F("comment_count"), 0, output_field=BigIntegerField(null=True)
)

COLUMNS = {
    "external_id": "Video id",
    "published_at": "Published",
    "kind": "Kind",
    "title": "Title",
    "description": "Description",
    "duration_seconds": "Duration in seconds",
    "category_id": "Category",
    "lang": "Language",
    "tags": "Tags",
    "view_count": "Views",
    "like_count": "Likes",
    "comment_count": "Comments",
    "dislike_count": "Dislikes",
    "first_seen_at": "First seen",
    "last_seen_at": "Last seen",
}
