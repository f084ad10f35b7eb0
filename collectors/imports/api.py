"""The REST API of imports: bring a file and start it, watch it, cancel it, take it back."""

import json
from datetime import datetime
from typing import Any, cast
from zoneinfo import available_timezones

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import generics, serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from collectors.imports import files, jobs
from collectors.imports.fields import fields
from collectors.imports.mapping import Incomplete
from collectors.imports.models import Import, ImportProblem
from collectors.imports.opening import Unreadable
from collectors.imports.values import possible
from platforms import registry
from platforms.models import Entity
from platforms.store.words import sound


class Conflict(APIException):
    """It is over already, or not over yet."""

    status_code = status.HTTP_409_CONFLICT


class ProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    """A row that was refused."""

    class Meta:
        model = ImportProblem
        fields = ("line", "column", "cell", "sentence")


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import. `problems`: of one import only, the first hundred."""

    class Meta:
        model = Import
        fields = (
            "id", "platform", "what", "entity", "make_sources", "file_name", "columns", "mapping",
            "zone", "day_first", "read_at", "status", "position", "share_done", "created",
            "changed", "unchanged", "repeated", "refused", "removed", "error_text", "created_at",
            "finished_at",
        )  # fmt: skip


class FileSerializer(serializers.Serializer[Any]):
    """A file and what is said of it. `mapping`: JSON, field -> column; the rest is guessed."""

    file = serializers.FileField()
    platform = serializers.ChoiceField(choices=[])
    what = serializers.ChoiceField(choices=Import.What.choices, default=Import.What.POSTS)
    source = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]  # no attribute of it
        queryset=Entity.objects.none(), required=False, default=None, allow_null=True
    )
    mapping = serializers.CharField(required=False, default="{}")
    read_at = serializers.DateTimeField(required=False, default=None)
    zone = serializers.CharField(required=False, default="UTC")
    day_first = serializers.BooleanField(required=False, default=None, allow_null=True)
    make_sources = serializers.BooleanField(required=False, default=False)
    start = serializers.BooleanField(required=False, default=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Offer the person's own sources."""
        found: dict[str, Any] = super().get_fields()
        found["platform"].choices = registry.choices()
        found["source"].queryset = Entity.objects.for_user(self.context["request"].user)
        return found

    def validate_zone(self, name: str) -> str:
        """A zone that exists."""
        if name not in available_timezones():
            raise serializers.ValidationError("Write a time zone, such as Europe/Berlin.")
        return name

    def validate_read_at(self, read_at: datetime | None) -> datetime | None:
        """A moment that can be meant."""
        try:
            return read_at and possible(read_at, timezone.now())
        except ValueError as mistake:
            raise serializers.ValidationError(str(mistake)) from None

    def validate_mapping(self, text: str) -> dict[str, str]:
        """Fields and columns, all of them text."""
        try:
            content: Any = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        texts = [*content, *content.values()] if isinstance(content, dict) else [None]
        if not all(isinstance(text, str) for text in texts) or not sound(texts):
            raise serializers.ValidationError("Write a JSON object of fields and columns.")
        return dict(content)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A source of this platform, and fields that it has."""
        source, slug = attrs["source"], attrs["platform"]
        if source is not None and source.platform != slug:
            raise serializers.ValidationError({"source": ["It is on another platform."]})
        if attrs["what"] == Import.What.COMMENTS and not registry.get(slug).comments:
            raise serializers.ValidationError({"what": ["Comments of it are not kept."]})
        unknown = attrs["mapping"].keys() - {field.name for field in fields(slug, attrs["what"])}
        if unknown:
            raise serializers.ValidationError({"mapping": [f"No field: {', '.join(unknown)}."]})
        return attrs


class ImportList(generics.ListAPIView[Import]):
    """All imports; a new one starts at once, unless `start` is false or something is missing."""

    serializer_class = ImportSerializer
    parser_classes = [MultiPartParser, FormParser]

    def get_queryset(self) -> QuerySet[Import]:
        """The person's own."""
        return Import.objects.for_user(self.request.user)

    def post(self, request: Request) -> Response:
        """Bring a file."""
        asked = FileSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        wanted = dict(asked.validated_data)
        upload, begin = wanted.pop("file"), wanted.pop("start")
        wish = jobs.Wish(entity=wanted.pop("source"), **wanted)
        owner_id = cast("User", request.user).pk
        try:
            jobs.demand_place(owner_id)
            job = jobs.bring(
                files.keep(upload.chunks()), wish,
                owner_id=owner_id, file_name=upload.name or "file",
            )  # fmt: skip
        except jobs.TooManyWait as error:
            raise Conflict(str(error)) from None
        except Unreadable as error:
            raise ValidationError({"file": [str(error)]}) from None
        try:
            if begin:
                jobs.start(job)
        except Incomplete as error:
            files.drop(job.stored_as)
            raise ValidationError({"mapping": [str(error)]}) from None
        return Response(ImportSerializer(job).data, status=status.HTTP_201_CREATED)


class ImportDetail(APIView):
    """One import and the first rows that it refused."""

    def get(self, request: Request, pk: int) -> Response:
        """How far it is."""
        job = _own(request, pk)
        problems = ProblemSerializer(job.problems.order_by("line", "pk")[:100], many=True).data
        return Response({**ImportSerializer(job).data, "problems": problems})


class ImportStart(APIView):
    """Starts a draft."""

    def post(self, request: Request, pk: int) -> Response:
        """400 says what is missing, 409 that it is no draft."""
        job = _own(request, pk)
        try:
            if not jobs.start(job):
                raise Conflict("This import has begun already.")
        except Incomplete as error:
            raise ValidationError({"mapping": [str(error)]}) from None
        return Response(ImportSerializer(job).data)


class ImportCancel(APIView):
    """Stops an import; what is stored stays."""

    def post(self, request: Request, pk: int) -> Response:
        """409 where there is nothing to stop."""
        job = _own(request, pk)
        if not jobs.cancel(job):
            raise Conflict("This import is over already.")
        return Response(ImportSerializer(job).data)


class ImportUndo(APIView):
    """Takes back what an import made and nobody has seen since."""

    def post(self, request: Request, pk: int) -> Response:
        """409 while it runs."""
        job = _own(request, pk)
        if job.is_open:
            raise Conflict("This import runs. Cancel it first.")
        jobs.undo(job)
        return Response(ImportSerializer(job).data)


def _own(request: Request, pk: int) -> Import:
    return get_object_or_404(Import.objects.for_user(request.user), pk=pk)
