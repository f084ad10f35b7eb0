"""The toy's tables, and how records become their rows."""

from django.db import models

from platforms.contract import Facts, Page
from platforms.models import Content, Snapshot
from platforms.models.checks import not_negative
from platforms.toy.records import Answer


class NoteSnapshot(Snapshot):
    """Figures of a note from a moment on."""

    pk = models.CompositePrimaryKey("item_id", "taken_at")
    item = models.ForeignKey(
        "toy.Note", models.CASCADE, "snapshots", db_constraint=False, db_index=False
    )
    likes = models.BigIntegerField(null=True)


class Note(Content):
    """What an account of the toy publishes."""

    COUNTERS = ("likes",)
    SNAPSHOT = NoteSnapshot
    WORDS = ("text",)

    text = models.TextField(blank=True)
    likes = models.BigIntegerField(null=True)

    class Meta(Content.Meta):
        constraints = [
            *Content.Meta.constraints,
            models.CheckConstraint(condition=not_negative("likes"), name="note_not_negative"),
        ]


def page_of(answer: Answer) -> Page:
    """What an answer holds."""
    return Page(
        accounts=[
            Facts(account=a.id, handle=a.name, figures={"audience": a.followers})
            for a in answer.accounts
        ],
        rows={
            Note: [
                {
                    "account": note.account,
                    "external_id": note.id,
                    "published_at": note.at,
                    "text": note.text,
                    "likes": note.likes,
                }
                for note in answer.notes
            ]
        },
    )
