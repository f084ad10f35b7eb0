"""Data that leaves: files and reports."""
