"""`kiosk place`: the registration desk and the rooms, how many each holds, and how it is decided there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.domain.admission import DESK
from kiosk.domain.programme import ClaimPolicy, Room
from kiosk.domain.programme_edit import read_place
from kiosk.domain.programme_json import room_fields
from kiosk.domain.programme_words import claim_words
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.programme import Programme


@click.command("place")
@click.argument("name", required=False, metavar="[desk | ROOM]")
@click.argument("words", nargs=-1, metavar="[NAME=VALUE…]")
@click.option("--add", "is_new", is_flag=True, help="A room nobody knows yet.")
@json_option
@pass_shell
def place_command(shell: Shell, name: str | None, words: tuple[str, ...], is_new: bool, as_json: bool) -> None:
    """List the places, or change one: seats=180 directions="same floor, left" claim=alone, ask or strict.

    claim: whether the hub is asked before somebody is let in there. `strict` lets nobody in without its answer.
    handed_out=yes: the hub hands the seats to the doors, which keep to them even where they do not hear each other.
    """
    texts = dict(map(_assignment, words))
    with shell.station() as station:
        programme = Programme(station.store, station)
        if name is None:
            rooms = programme.rooms()
            lines = [_desk(programme), *map(_room, rooms)]
        elif name.strip().casefold() == DESK:
            _change_desk(programme, texts)
            lines = [_desk(programme)]
        else:
            lines = [_room(_changed(programme, name, texts, is_new=is_new))]
    for line in lines:
        answer(line) if as_json else click.echo(_words(line))


def _change_desk(programme: Programme, texts: Mapping[str, str]) -> None:
    if unknown := sorted(set(texts) - {"claim"}):
        raise BadInput(_("The desk has no {name}; it has: claim.").format(name=unknown[0]))
    if texts:
        programme.change_desk(read_place(texts)["claim"])


def _changed(programme: Programme, name: str, texts: Mapping[str, str], *, is_new: bool) -> Room:
    known = programme.room(name)
    if known is None and not is_new:
        words = _("There is no room {name}. `kiosk place` lists them; --add makes a new one.")
        raise BadInput(words.format(name=name))
    room = replace(known or Room(name), **read_place(texts))
    return programme.change_room(room) if texts or known is None else room


def _desk(programme: Programme) -> dict[str, Any]:
    return {"place": DESK, "claim": programme.desk_claim.value}


def _room(room: Room) -> dict[str, Any]:
    return {"place": room.name, "seats": room.capacity, **room_fields(room)}


def _words(line: Mapping[str, Any]) -> str:
    name = _("Registration desk") if line["place"] == DESK else line["place"]
    seats = line.get("seats")
    holds = _("{n:,} seats").format(n=seats) if seats is not None else ""
    handed = _("handed out") if line.get("handed_out") else ""
    words = (name, holds, handed, line.get("directions", ""), claim_words(ClaimPolicy(line["claim"])))
    return " · ".join(filter(None, words))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(_("A change is NAME=VALUE, such as claim=strict; not “{text}”.").format(text=text))
    return name.strip(), value
