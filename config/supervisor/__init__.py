"""Runs the web server, the workers and the scheduler, and keeps them and the servers up."""
