"""Nouns: what each platform is."""
