"""Broadcasts in the staff's admin."""

from django.contrib import admin

from platforms.admin import ContentAdmin
from platforms.twitch.models import StreamRecord

admin.site.register(StreamRecord, ContentAdmin)
