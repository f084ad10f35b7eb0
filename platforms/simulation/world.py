"""The seeded world (under way)."""


class World:
    """Accounts that grow and publish; computed from a seed for any moment."""
