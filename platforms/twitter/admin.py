"""Posts of X in the staff's admin."""

from django.contrib import admin

from platforms.admin import ContentAdmin
from platforms.twitter.models import Tweet

admin.site.register(Tweet, ContentAdmin)
