"""Contact details cut down to what tells two people apart; the person in front of the desk can see the screen too."""

from __future__ import annotations

HIDDEN = "•••"


def mask_email(address: str) -> str:
    """`jessica@police.example` → `j•••@police…`; empty stays empty, anything without an @ shows one letter."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return f"{domain[:1]}{HIDDEN}" if domain else ""
    host, dot, _rest = domain.partition(".")
    return f"{local[:1]}{HIDDEN}@{host}{'…' if dot else ''}"


def mask_phone(number: str) -> str:
    """Only the last two digits: `+1-404-555-0123` → `•••23`; too short a number shows none."""
    digits = [character for character in number if character.isdigit()]
    if not digits:
        return ""
    return HIDDEN + ("".join(digits[-2:]) if len(digits) > 4 else "")
