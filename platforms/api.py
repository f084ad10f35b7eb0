"""The REST API of credentials and of what is watched: the same actions as the pages.

`/api/profiles/` and, for each platform, `/api/<platform>/`. Lists are paged from new to old.
"""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import generics, status
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import User
from platforms import actions
from platforms.contract import Facts, Platform
from platforms.errors import (
    CreditsSpent,
    Gone,
    PlatformError,
    QuotaSpent,
    RateLimited,
    Refused,
    Unavailable,
)
from platforms.lookups import look_up
from platforms.models import ApiProfile, Entity
from platforms.serializers import (
    AccountSerializer,
    EntitySerializer,
    FindingSerializer,
    ProfileSerializer,
    item_serializer,
)


class Conflict(APIException):
    """The credential is not good for it; its owner has to do something first."""

    status_code = status.HTTP_409_CONFLICT


class BadGateway(APIException):
    """The platform gave no usable answer."""

    status_code = status.HTTP_502_BAD_GATEWAY


# --- Credentials -------------------------------------------------------------------------------
class ProfileList(generics.ListCreateAPIView[ApiProfile]):
    """All credentials; a new one is sealed at once and never given out again."""

    serializer_class = ProfileSerializer

    def get_queryset(self) -> QuerySet[ApiProfile]:
        """The person's own."""
        return ApiProfile.objects.for_user(self.request.user)


class ProfileDetail(generics.RetrieveUpdateDestroyAPIView[ApiProfile]):
    """One credential. `credentials`, when sent, replaces the stored one."""

    serializer_class = ProfileSerializer
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[ApiProfile]:
        """The person's own; who changes one holds it, as the forms do."""
        own = ApiProfile.objects.for_user(self.request.user)
        return own if self.request.method in SAFE_METHODS else own.select_for_update(no_key=True)

    def perform_destroy(self, instance: ApiProfile) -> None:
        """Forget it; what was collected with it stays."""
        actions.delete_profile(profile=instance)


class ProfileTest(APIView):
    """Lets the key doctor look. Outside transactions: what the call costs is kept in any case."""

    def post(self, request: Request, pk: int) -> Response:
        """Its verdict, what it means, and what to do."""
        with transaction.atomic():
            profile = get_object_or_404(ApiProfile.objects.for_user(request.user), pk=pk)
        try:
            found = actions.test_profile(by=cast("User", request.user), profile=profile)
        except RateLimited as error:
            raise as_answer(error) from None
        return Response(FindingSerializer(found).data)


# --- What is watched ---------------------------------------------------------------------------
class EntityList(generics.ListCreateAPIView[Entity]):
    """What is watched on one platform; a new account is looked up by its name or address.

    Outside transactions, because looking up costs calls.
    """

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """What is sent is a name; what comes back is an entity."""
        return AccountSerializer if self.request.method == "POST" else EntitySerializer

    def get_queryset(self) -> QuerySet[Entity]:
        """The person's own on this platform."""
        return _watched(self)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of them."""
        with transaction.atomic():
            return super().list(request, *args, **kwargs)

    def create(self, request: Request, platform: Platform) -> Response:
        """Look an account up and watch it: 201, or 200 where it was watched already."""
        with transaction.atomic():
            asked = AccountSerializer(
                data=request.data, context={"request": request, "platform": platform}
            )
            asked.is_valid(raise_exception=True)
        profile, handle = asked.validated_data["profile"], asked.validated_data["handle"]
        facts = _found(platform, profile, handle)
        with transaction.atomic():
            entity, new = actions.watch(profile=profile, facts=facts, now=timezone.now())
            content = EntitySerializer(entity).data
        return Response(content, status=status.HTTP_201_CREATED if new else status.HTTP_200_OK)


class EntityDetail(generics.RetrieveAPIView[Entity]):
    """One channel, account or subreddit."""

    serializer_class = EntitySerializer

    def get_queryset(self) -> QuerySet[Entity]:
        """The person's own on this platform."""
        return _watched(self)


class ItemList(generics.ListAPIView[Any]):
    """What an entity published. NULL: `figures_at` says whether the platform was asked."""

    ordering = ("-published_at", "-id")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """Every column of the platform's own table."""
        return item_serializer(self.kwargs["platform"].content)

    def get_queryset(self) -> QuerySet[Any]:
        """The items of one of the person's own."""
        entity = get_object_or_404(_watched(self), pk=self.kwargs["pk"])
        content = self.kwargs["platform"].content
        items: QuerySet[Any] = content.objects.for_user(self.request.user)
        return items.filter(entity=entity)


def _watched(view: APIView) -> QuerySet[Entity]:
    """What the person watches on the platform of the address."""
    own = Entity.objects.for_user(view.request.user)
    return own.filter(platform=view.kwargs["platform"].slug)


def _found(platform: Platform, profile: ApiProfile, handle: str) -> Facts:
    """What the platform says of a name. Raises the answer that its error means."""
    told = look_up(profile, [handle])
    late = Unavailable(f"{platform.label} has not answered yet. Try again in a minute.")
    found = told.stopped or told.found.get(handle, late)
    if isinstance(found, PlatformError):
        raise as_answer(found)
    return found


def as_answer(error: PlatformError) -> APIException:
    """What an error of a platform is to the caller of our API."""
    if isinstance(error, RateLimited):
        return _throttled(error.text, error.retry_after)
    if isinstance(error, QuotaSpent):
        return _throttled(error.text, (error.until - timezone.now()).total_seconds())
    if isinstance(error, Refused | CreditsSpent):
        return Conflict(error.text)
    if isinstance(error, Gone):
        return ValidationError({"handle": [error.text]})
    return BadGateway(error.text)


def _throttled(text: str, seconds: float) -> Throttled:
    answer = Throttled(wait=max(1.0, seconds))
    answer.detail = text  # type: ignore[assignment]  # DRF's own sentence names the seconds only
    return answer
