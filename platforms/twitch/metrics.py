"""What a broadcast amounts to, and how its columns are called in an export."""

from django.db.models import F

# Nobody likes or shares a broadcast: it is ranked by the most viewers that a poll has seen. Hours
# watched and average viewers need the snapshots (analytics).
ENGAGEMENT = F("peak_viewers")

COLUMNS = {
    "external_id": "Stream id",
    "published_at": "Started",
    "ended_at": "Ended",
    "is_live": "Live",
    "kind": "Kind",
    "title": "Title",
    "game_name": "Category",
    "game_id": "Category id",
    "language": "Language",
    "tags": "Tags",
    "viewer_count": "Viewers at the last poll",
    "peak_viewers": "Peak viewers",
    "duration_seconds": "Length of the recording (s)",
    "vod_id": "Recording id",
    "vod_views": "Views of the recording",
    "is_mature": "For adults",
    "first_seen_at": "First seen",
    "last_seen_at": "Last seen",
}
