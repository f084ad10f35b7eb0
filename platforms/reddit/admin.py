"""Posts of Reddit in the staff's admin."""

from django.contrib import admin

from platforms.admin import ContentAdmin
from platforms.reddit.models import Post

admin.site.register(Post, ContentAdmin)
