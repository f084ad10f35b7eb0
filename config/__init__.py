"""Wiring: may import every app, and no app imports it."""
