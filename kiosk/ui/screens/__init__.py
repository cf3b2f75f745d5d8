"""Whole screens and pages; each receives the services it uses."""
