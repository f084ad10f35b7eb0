"""Videos of YouTube in the staff's admin."""

from django.contrib import admin

from platforms.admin import ContentAdmin
from platforms.youtube.models import Video

admin.site.register(Video, ContentAdmin)
