"""Addresses of credentials and of what is watched, and of their twins in the API."""

from typing import Any

from django.db.transaction import non_atomic_requests
from django.urls import path, register_converter

from platforms import api, registry, views
from platforms.contract import Platform


class PlatformConverter:
    """A platform by its slug; any other word is another address."""

    regex = "[a-z]+"

    def to_python(self, value: str) -> Platform:
        """The platform. A ValueError means "no such address" to Django."""
        try:
            return registry.get(value)
        except KeyError as error:
            raise ValueError(value) from error

    def to_url(self, value: Any) -> str:
        """Its slug."""
        return value if isinstance(value, str) else str(value.slug)


register_converter(PlatformConverter, "platform")

urlpatterns = [
    path("credentials/", views.credential_list, name="credentials"),
    path("credentials/add/", views.credential_choose, name="credential_choose"),
    path("credentials/add/<platform:platform>/", views.credential_add, name="credential_add"),
    path("credentials/<int:pk>/test/", views.credential_test, name="credential_test"),
    path("credentials/<int:pk>/replace/", views.credential_replace, name="credential_replace"),
    path("credentials/<int:pk>/edit/", views.credential_edit, name="credential_edit"),
    path("credentials/<int:pk>/delete/", views.credential_delete, name="credential_delete"),
    path("sources/", views.source_list, name="sources"),
    path("api/profiles/", api.ProfileList.as_view(), name="api_profiles"),
    path("api/profiles/<int:pk>/", api.ProfileDetail.as_view(), name="api_profile"),
    path(
        "api/profiles/<int:pk>/test/",
        non_atomic_requests(api.ProfileTest.as_view()),
        name="api_profile_test",
    ),
    path(
        "api/<platform:platform>/",
        non_atomic_requests(api.EntityList.as_view()),
        name="api_entities",
    ),
    path("api/<platform:platform>/<int:pk>/", api.EntityDetail.as_view(), name="api_entity"),
    path("api/<platform:platform>/<int:pk>/items/", api.ItemList.as_view(), name="api_items"),
]
