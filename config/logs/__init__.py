"""Lines of the log, without secrets."""
