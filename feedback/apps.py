"""App configuration."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """What people tell the staff."""

    name = "feedback"
