"""What is looked at, made and refused before anything serves."""
