"""Settings of Django REST framework. What they name is in config/api.py, which needs settings."""

SETTINGS = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.JsonBodies"],
    "DEFAULT_PAGINATION_CLASS": "config.api.KeysetPages",
    "EXCEPTION_HANDLER": "config.api.problem",
}
