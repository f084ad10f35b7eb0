"""Recorded answers, read once more."""
