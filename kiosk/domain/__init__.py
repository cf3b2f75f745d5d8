"""Meaning: plain values and pure functions. Only the standard library; no clock, no disk, no chance."""
