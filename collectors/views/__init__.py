"""Pages of monitors, runs and the first steps; one file per screen."""
