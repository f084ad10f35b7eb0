"""What the API says of credentials and of what is watched. Secrets go in and never come out."""

from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from platforms import actions, registry
from platforms.contract import Platform
from platforms.credentials import doctor, fields
from platforms.models import ApiProfile, Entity
from platforms.models.profiles import MOST_UNITS


class FindingSerializer(serializers.Serializer[doctor.Finding]):
    """A verdict of the key doctor. `told`: the platform's own reason."""

    verdict = serializers.CharField()
    sentence = serializers.CharField()
    advice = serializers.CharField()
    told = serializers.CharField()


class ProfileSerializer(serializers.ModelSerializer[ApiProfile]):
    """A credential. `hints` holds the ends of its secrets and its other parts whole. `plan`: what
    its running jobs need in a day, and how far their intervals are stretched for it."""

    credentials = serializers.DictField(
        child=serializers.CharField(max_length=4096, trim_whitespace=True),
        write_only=True,
        help_text="The platform's fields, such as {'api_key': '…'}.",
    )
    monthly_dollars = serializers.DecimalField(
        max_digits=9, decimal_places=2, min_value=Decimal(0), allow_null=True, required=False
    )
    daily_units = serializers.IntegerField(
        min_value=0, max_value=MOST_UNITS, allow_null=True, required=False,
        help_text="The most to spend of each daily quota; without quotas, the most calls in a day.",
    )  # fmt: skip

    class Meta:
        model = ApiProfile
        fields = (
            "id", "platform", "name", "credentials", "hints", "monthly_dollars", "daily_units",
            "plan", "simulated", "verdict", "verdict_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("hints", "plan", "simulated", "verdict", "verdict_at")

    def validate_platform(self, slug: str) -> str:
        """A credential stays with its platform."""
        if self.instance and slug != self.instance.platform:
            raise serializers.ValidationError("Make a new credential for another platform.")
        return slug

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let the platform's model judge the parts."""
        if "credentials" in attrs:
            slug = self.instance.platform if self.instance else attrs["platform"]
            try:
                parsed = fields.parse(registry.get(slug), attrs["credentials"])
            except fields.NotACredential as error:
                mistakes = {name: [text] for name, text in error.mistakes.items()}
                raise serializers.ValidationError({"credentials": mistakes}) from None
            attrs["credentials"] = parsed
        return attrs

    def create(self, validated_data: dict[str, Any]) -> ApiProfile:
        """Seal and keep it."""
        try:
            profile = actions.save_profile(
                by=self.context["request"].user,
                platform=registry.get(validated_data["platform"]),
                name=validated_data["name"],
                credentials=validated_data["credentials"],
                monthly_dollars=validated_data.get("monthly_dollars"),
            )
        except actions.NameTaken as mistake:
            raise serializers.ValidationError({"name": [str(mistake)]}) from None
        if "daily_units" in validated_data:
            profile.daily_units = validated_data["daily_units"]
            profile.save(update_fields=["daily_units"])
        return profile

    def update(self, instance: ApiProfile, validated_data: dict[str, Any]) -> ApiProfile:
        """Replace what was sent."""
        if "credentials" in validated_data:
            actions.replace_credential(profile=instance, credentials=validated_data["credentials"])
        try:
            actions.change_profile(
                profile=instance,
                name=validated_data.get("name", instance.name),
                monthly_dollars=validated_data.get("monthly_dollars", instance.monthly_dollars),
                daily_units=validated_data.get("daily_units", instance.daily_units),
            )
        except actions.NameTaken as mistake:
            raise serializers.ValidationError({"name": [str(mistake)]}) from None
        return instance


class EntitySerializer(serializers.ModelSerializer[Entity]):
    """What is watched. `audience` is NULL while it is not known; `audience_hidden`: withheld."""

    class Meta:
        model = Entity
        fields = (
            "id", "platform", "external_id", "handle", "title", "state", "audience",
            "audience_hidden", "profile", "checked_at", "created_at",
        )  # fmt: skip


class WholeNumber(serializers.IntegerField):
    """A number without a point: DRF would read 1.0 and true as 1."""

    def to_internal_value(self, data: Any) -> int:
        """The number. Raises ValidationError."""
        if isinstance(data, bool | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class OwnProfile(serializers.PrimaryKeyRelatedField[ApiProfile]):
    """One of the person's credentials; those of the platform alone where the context names one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pk_field=WholeNumber(), **kwargs)

    def get_queryset(self) -> QuerySet[ApiProfile]:
        """Those that may be chosen."""
        own = ApiProfile.objects.for_user(self.context["request"].user)
        platform = self.context.get("platform")
        return own.filter(platform=platform.slug) if platform else own


class AccountSerializer(serializers.Serializer[Any]):
    """An account to be watched. `handle`: its name, or its address on the platform."""

    handle = serializers.CharField(max_length=300)
    profile = OwnProfile()

    def validate_handle(self, typed: str) -> str:
        """The name as the platform writes it."""
        try:
            return self._platform.parse_handle(typed)
        except ValueError as mistake:
            raise serializers.ValidationError(str(mistake)) from None

    @property
    def _platform(self) -> Platform:
        platform: Platform = self.context["platform"]
        return platform


@cache
def item_serializer(content: type[Any]) -> type[serializers.ModelSerializer[Any]]:
    """A serializer of every column of a platform's content table but whose it is."""
    meta = type("Meta", (), {"model": content, "exclude": ("owner", "entity")})
    return type(f"{content.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta})
