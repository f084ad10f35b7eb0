"""What a note's figures amount to."""

from django.db.models import F

ENGAGEMENT = F("likes")
COLUMNS = {"external_id": "Id", "published_at": "Published", "text": "Text", "likes": "Likes"}
