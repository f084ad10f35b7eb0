"""Verbs: when and how the platforms are asked."""
