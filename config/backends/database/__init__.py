"""PostgreSQL with the tenant of the current context in every transaction."""
