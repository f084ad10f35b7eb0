"""Notes in the staff's admin."""

from django.contrib import admin

from platforms.admin import ContentAdmin
from platforms.toy.models import Note

admin.site.register(Note, ContentAdmin)
