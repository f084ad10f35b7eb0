"""What components/field.html asks of a bound field."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def control_kind(field: BoundField) -> str:
    """What the control looks like: text, password, checkbox, select, textarea, …"""
    return getattr(field.field.widget, "input_type", "textarea")


@register.simple_tag
def control(field: BoundField, hint: str = "") -> SafeString:
    """The control itself. Django points to a help text and to errors; a hint of ours is added."""
    described = [f"{field.auto_id}_helptext"] if hint else []
    described += [f"{field.auto_id}_error"] if field.errors else []
    return field.as_widget(attrs={"aria-describedby": " ".join(described)} if described else {})
