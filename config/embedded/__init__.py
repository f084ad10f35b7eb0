"""PostgreSQL and Valkey from Python packages, for machines that have neither."""
