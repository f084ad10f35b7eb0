"""Meaning: what the collected figures say. Reads platforms, never the network."""
