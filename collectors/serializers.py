"""What the API says of jobs and their runs, and what it takes."""

from typing import Any

from django.db.models import Q
from rest_framework import serializers

from collectors.models import JobExecution, MonitoringJob
from platforms import registry
from platforms.models import Entity

STATES = {
    "running": Q(busy=True),
    "paused": Q(busy=False) & ~Q(pause_reason=""),
    "waiting": Q(busy=False, pause_reason=""),
}
MOST_AT_ONCE = 1000
MOST_MINUTES = 366 * 24 * 60


class JobSerializer(serializers.ModelSerializer[MonitoringJob]):
    """A job. `interval_minutes` is what was asked for, `every_seconds` what it gets."""

    handle = serializers.CharField(source="entity.handle")
    title = serializers.CharField(source="entity.title")
    status = serializers.SerializerMethodField()

    class Meta:
        model = MonitoringJob
        fields = (
            "id", "platform", "entity", "handle", "title", "status", "pause_reason",
            "interval_minutes", "every_seconds", "adaptive", "next_run_at", "last_success_at",
            "failures", "skipped", "created_at", "updated_at",
        )  # fmt: skip

    def get_status(self, job: MonitoringJob) -> str:
        """A key of STATES."""
        if job.busy:
            return "running"
        return "paused" if job.pause_reason else "waiting"


class ExecutionSerializer(serializers.ModelSerializer[JobExecution]):
    """A run. Money in millionths of a dollar; `seconds` from its start to its end."""

    platform = serializers.CharField(source="job.platform")
    entity = serializers.IntegerField(source="job.entity_id")
    seconds = serializers.SerializerMethodField()

    class Meta:
        model = JobExecution
        fields = (
            "id", "job", "platform", "entity", "status", "due_at", "attempt", "asked_by_person",
            "queued_at", "started_at", "completed_at", "seconds", "created", "changed",
            "unchanged", "calls", "units", "microdollars", "error_code", "error_text",
        )  # fmt: skip

    def get_seconds(self, run: JobExecution) -> float | None:
        """None unless it has started and ended."""
        if run.started_at is None or run.completed_at is None:
            return None
        return (run.completed_at - run.started_at).total_seconds()


class JobFilter(serializers.Serializer[Any]):
    """Which jobs a list shows."""

    status = serializers.ChoiceField(choices=tuple(STATES), required=False)
    entity = serializers.IntegerField(min_value=1, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The platforms that there are, too."""
        platform = serializers.ChoiceField(choices=registry.choices(), required=False)
        return {"platform": platform, **super().get_fields()}


class ExecutionFilter(JobFilter):
    """Which runs a list shows."""

    status = serializers.ChoiceField(choices=JobExecution.Status.choices, required=False)
    job = serializers.IntegerField(min_value=1, required=False)


class IntervalSerializer(serializers.Serializer[Any]):
    """How often; whether the platform may be read so often, control.py judges."""

    interval_minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES)
    adaptive = serializers.BooleanField(default=False)


class StartSerializer(IntervalSerializer):
    """An entity that is to be read from now on."""

    entity = serializers.PrimaryKeyRelatedField(queryset=Entity.objects.none())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Offer the person's own entities."""
        fields: dict[str, Any] = super().get_fields()
        fields["entity"].queryset = Entity.objects.for_user(self.context["request"].user)
        return fields

    def validate_entity(self, entity: Entity) -> Entity:
        """Refuse one without an id: the platform cannot be asked for it."""
        if entity.waits_for_id:
            raise serializers.ValidationError(
                f"Only the history of “{entity.handle}” is known. Add the account by its name."
            )
        return entity


class IdsField(serializers.Field[list[int] | None, Any, Any, Any]):
    """A list of ids, or the word "all", which becomes None."""

    default_error_messages = {
        "wrong": f'Send a list of up to {MOST_AT_ONCE:,} ids, or "all".',
    }

    def to_internal_value(self, data: Any) -> list[int] | None:
        """The ids, each once."""
        if data == "all":
            return None
        if not isinstance(data, list) or len(data) > MOST_AT_ONCE or not all(map(_is_id, data)):
            self.fail("wrong")
        return sorted(set(data))


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**63


class BulkSerializer(serializers.Serializer[Any]):
    """One action for many jobs."""

    ids = IdsField()
    action = serializers.ChoiceField(choices=("pause", "resume", "run", "change", "stop"))
    interval_minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False)
    adaptive = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A change needs to say to what."""
        if attrs["action"] == "change" and "interval_minutes" not in attrs:
            raise serializers.ValidationError({"interval_minutes": ["Say how often."]})
        return attrs
