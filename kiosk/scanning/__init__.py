"""Text from scanners: typed by a keyboard wedge, sent over a serial line, read by a camera. Each ends in one callback
with one text.
"""
