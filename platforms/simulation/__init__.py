"""A world whose platforms answer like the real ones, for tests and the demo."""
