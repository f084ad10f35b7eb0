"""What people tell the staff."""
