"""Benchmarks: what this machine does, each figure beside a floor measured in the same run.

Ratios travel between machines, milliseconds do not. Like the tests, this room may look at every other; nothing
depends on it.
"""
