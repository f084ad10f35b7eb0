"""Tasks of the machinery itself."""

from celery import shared_task

from config.health import heartbeat


@shared_task
def tick() -> None:
    """Show that beat, broker and a worker work together."""
    heartbeat.tick()
