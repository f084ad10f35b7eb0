"""Ground floor: people, what is theirs, their secrets, the wire to their browser."""
