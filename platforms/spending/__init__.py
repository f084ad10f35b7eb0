"""What reading the platforms costs: asked before each call, booked after it."""
