"""On-site check-in: scan, decide, record, print. Every station decides alone, from its own disk."""

__version__ = "0.1.0"
