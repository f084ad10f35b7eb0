"""People and their sessions in the staff's admin. Nothing secret is shown there."""

import allauth.usersessions.admin  # noqa: F401  registers its page, which is undone below
from allauth.account.decorators import secure_admin_login
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import actions, browsers
from accounts.models import User

# The staff signs in where everybody does: the same limits, the same second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]
admin.site.unregister(UserSession)  # allauth's page searches a user name, which ours lack


class NewUserForm(AdminUserCreationForm):
    """A person by address; the verification link is sent at the first sign-in."""

    class Meta:
        model = User
        fields = ("email",)
        field_classes: dict[str, type] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People."""

    add_form = NewUserForm
    ordering = ("email",)
    search_fields = ("email", "name")
    list_display = ("email", "name", "is_active", "is_staff", "time_zone", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "last_login")
    readonly_fields = ("last_login", "date_joined", "updated_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Settings", {"fields": ("time_zone", "theme", "shortcuts")}),
        (
            "Rights",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Times", {"fields": ("last_login", "date_joined", "updated_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only its owner changes an address, by verifying the new one."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "email") if obj else fields


@admin.register(UserSession)
class SessionAdmin(admin.ModelAdmin):
    """Who is signed in where. Deleting a line ends the session."""

    list_display = ("user", "browser", "ip", "created_at", "last_seen_at")
    search_fields = ("user__email", "ip")
    fields = readonly_fields = ("user", "browser", "user_agent", "ip", "created_at", "last_seen_at")

    @admin.display
    def browser(self, session: UserSession) -> str:
        """Browser and system in words."""
        return browsers.in_words(session.user_agent)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by all but the key: it opens the session, and could be tried letter by letter."""
        return "session_key" not in lookup and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: sessions begin with a sign-in."""
        del request  # Django's signature
        return False

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        """End one."""
        del request  # Django's signature
        actions.end_session(session=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        """End several."""
        for session in queryset:
            self.delete_model(request, session)
