"""What the figures of a post amount to, and how its columns are called in an export."""

from django.db.models import F

# Unknown (NULL) where a part of the sum is unknown: a hidden score is not 0.
ENGAGEMENT = F("score") + F("num_comments")

COLUMNS = {
    "external_id": "Post id",
    "published_at": "Published",
    "title": "Title",
    "body": "Text",
    "author": "Author",
    "flair": "Flair",
    "url": "Link",
    "domain": "Domain of the link",
    "score": "Score",
    "num_comments": "Comments",
    "upvote_ratio": "Upvote ratio",
    "num_crossposts": "Crossposts",
    "is_self": "Text post",
    "is_video": "Video",
    "over_18": "Over 18",
    "is_stickied": "Stickied",
    "removed_by": "Removed by",
    "first_seen_at": "First seen",
    "last_seen_at": "Last seen",
}
