"""What is published, in the staff's admin: to look at, not to change. The store alone writes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ContentAdmin(admin.ModelAdmin):
    """The list of one platform's items. A platform's admin.py registers its model with it."""

    list_filter = ("published_at",)
    search_fields = ("external_id",)
    list_select_related = ("entity",)
    ordering = ("-published_at",)
    show_full_result_count = False  # millions of rows

    def get_list_display(self, _request: HttpRequest) -> tuple[str, ...]:
        """Whose it is, which one, when, and its figures."""
        counters: tuple[str, ...] = self.model.COUNTERS
        return ("external_id", "entity", "published_at", *counters)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nothing is published here."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Not by hand."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """The store erases what a platform no longer shows."""
        return False
