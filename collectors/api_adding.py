"""The REST API of adding monitors: the same preview and the same adding as the page."""

from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from collectors import adding
from collectors.adding.lines import Line
from collectors.caps import BeyondCap
from collectors.intervals import IntervalOutOfRange, demand_allowed
from platforms.api import Conflict, as_answer
from platforms.serializers import OwnProfile, WholeNumber


class NamesSerializer(serializers.Serializer[Any]):
    """`text`: names or links as people paste them. The credential says on which platform."""

    profile = OwnProfile()
    text = serializers.CharField()

    interval_minutes = WholeNumber(min_value=1, required=False)
    adaptive = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an interval before anything is looked up for it."""
        try:
            if "interval_minutes" in attrs:
                demand_allowed([attrs["profile"].platform], attrs["interval_minutes"])
        except IntervalOutOfRange as mistake:
            raise ValidationError({"interval_minutes": [str(mistake)]}) from None
        return attrs


class AdditionSerializer(NamesSerializer):
    """Names, and how often they are to be read."""

    interval_minutes = WholeNumber(min_value=1)


class ForecastSerializer(serializers.Serializer[Any]):
    """What the new monitors add to a day of the credential. `fits`: False beyond its cap."""

    fits = serializers.BooleanField()
    tight = serializers.BooleanField()
    sentence = serializers.CharField()
    calls_a_day = serializers.FloatField()
    units_a_day = serializers.FloatField()
    dollars_a_day = serializers.FloatField()
    first_dollars = serializers.FloatField()


class LineSerializer(serializers.Serializer[Line]):
    """One name and what became of it. `sentence`: why, where `word` does not say it."""

    typed = serializers.CharField()
    state = serializers.CharField()
    word = serializers.CharField()
    sentence = serializers.CharField()
    handle = serializers.CharField()
    external_id = serializers.CharField(source="facts.account", default=None)
    title = serializers.CharField(source="facts.title", default=None)
    audience = serializers.SerializerMethodField()

    def get_audience(self, line: Line) -> int | None:
        """Followers, subscribers or members; None: not told, or not found."""
        return line.facts.figures.get("audience") if line.facts else None


def _told(found: adding.Preview) -> list[Any]:
    return [LineSerializer(line).data for line in found.lines]


class Names(APIView):
    """What both calls do: look the names up. Outside transactions, because that costs calls."""

    asks: type[NamesSerializer]

    def looked_up(self, request: Request) -> tuple[dict[str, Any], adding.Preview]:
        """What was sent, and the preview of it. Raises ValidationError, or what stopped it."""
        with transaction.atomic():
            asked = self.asks(data=request.data, context={"request": request})
            asked.is_valid(raise_exception=True)
        given = asked.validated_data
        try:
            found = adding.preview(
                by=cast("User", request.user), profile=given["profile"], text=given["text"]
            )
        except adding.TooMany as mistake:
            raise ValidationError({"text": [str(mistake)]}) from None
        if found.stopped:
            raise as_answer(found.stopped)
        return given, found


class JobPreview(Names):
    """What would become of each name. While `waiting` is not 0, a second call finds out more."""

    asks = NamesSerializer

    def post(self, request: Request) -> Response:
        """The lines in their order. `calls`, `dollars`: what this call cost. `forecast`: of the
        interval, where one was sent."""
        given, found = self.looked_up(request)
        return Response(
            {
                "platform": found.platform.slug,
                "new": len(found.new),
                "waiting": len(found.waiting),
                "calls": found.spent.calls,
                "dollars": str(found.spent.dollars),
                "forecast": self._forecast(given, found),
                "lines": _told(found),
            }
        )

    @transaction.atomic
    def _forecast(self, given: dict[str, Any], found: adding.Preview) -> Any:
        minutes = given.get("interval_minutes")
        if minutes is None:
            return None
        adaptive, now = given["adaptive"], timezone.now()
        plan = adding.cost(found, interval_minutes=minutes, adaptive=adaptive, now=now)
        return ForecastSerializer(plan).data


class JobAdd(Names):
    """Monitors what is new among the names: 201, or 200 where nothing was new."""

    asks = AdditionSerializer

    def post(self, request: Request) -> Response:
        """The jobs, and what became of each name."""
        given, found = self.looked_up(request)
        if found.unfinished:
            count = len(found.waiting)
            raise Conflict(
                f"{count} names are still to be looked up, and nothing was added. Call again."
            )
        added = self._added(request, given, found)
        content = {
            "added": added.count,
            "jobs": [job.pk for job in added.jobs],
            "lines": _told(found),
        }
        code = status.HTTP_201_CREATED if added.count else status.HTTP_200_OK
        return Response(content, status=code)

    def _added(
        self, request: Request, given: dict[str, Any], found: adding.Preview
    ) -> adding.Added:
        try:
            return adding.add(
                by=cast("User", request.user),
                profile=given["profile"],
                preview=found,
                interval_minutes=given["interval_minutes"],
                adaptive=given["adaptive"],
                now=timezone.now(),
            )
        except BeyondCap as mistake:
            raise ValidationError({"interval_minutes": [str(mistake)]}) from None
