"""Badges onto paper: a layout in millimetres, drawn as one bitmap, sent by a printer's own thread."""
