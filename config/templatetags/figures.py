"""How a figure is written: compact, as money, as a span of time."""

from datetime import timedelta

from django import template

register = template.Library()

COMPACT_FROM = 10_000
SIZES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))
LONG, HOUR = 60, 3600  # seconds
FEW = 10


@register.filter
def compact(figure: float) -> str:
    """ "9,812", "94.1K", "1.43M": three digits from 10,000 on."""
    if figure < COMPACT_FROM:
        return f"{figure:,.0f}"
    rounded = float(f"{figure:.3g}")  # first, so that 999,500 is a million
    size, letter = next(size for size in SIZES if rounded >= size[0])
    return f"{rounded / size:.3g}{letter}"


@register.filter
def dollars(amount: float) -> str:
    """ "$0.015": cents, and what is smaller where it counts."""
    return f"${amount:,.2f}" if not amount or amount >= 1 else f"${amount:.3f}"


@register.filter
def span(length: timedelta) -> str:
    """ "0.4 s", "11.2 s", "3 min 42 s", "3 h 42 min"."""
    seconds = max(0.0, length.total_seconds())
    if seconds < LONG:
        return f"{seconds:.1f} s"
    if seconds < HOUR:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // HOUR:.0f} h {seconds % HOUR // 60:.0f} min"


@register.filter
def share(figure: float) -> str:
    """A share of calls that read many: "0.04", "1.5", "12"."""
    return f"{figure:.2g}" if figure < FEW else compact(figure)
