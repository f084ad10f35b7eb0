"""Wiring: may import every app, and no app imports it."""

import gc

# A start makes a million objects that stay: looking through them for garbage takes a fifth of it.
gc.set_threshold(50_000, 20, 20)
