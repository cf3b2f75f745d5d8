"""How fast and how forgiving the search is, on a made-up roster of 100,000 in an encrypted file.

The roster is drawn from long tails: a few surnames that everybody bears, tens of thousands that a handful do, from
syllables of a dozen languages. Typings are what desks see: names in either order, nicknames, half a name, and slips of
the finger that hit a neighbouring key, leave a letter out, double one or swap two.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from kiosk.bench.rows import Row
from kiosk.domain.nicknames import other_names
from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.search import words
from kiosk.storage.search_index import SearchIndex

PEOPLE = 100_000
ASKED = 400
"""People looked for in each kind of typing."""
TIMED = 80
"""Of them, those whose every key is timed."""
SEEN = 5
"""Answers a volunteer takes in at a glance."""

_GIVEN = """
james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan joseph jessica
thomas sarah christopher karen charles lisa daniel nancy matthew betty anthony margaret mark sandra donald ashley
steven kimberly paul emily andrew donna joshua michelle kenneth carol kevin amanda brian melissa george deborah
timothy stephanie ronald rebecca jason sharon edward laura jeffrey cynthia ryan kathleen jacob amy gary angela
nicholas shirley eric anna jonathan brenda stephen pamela larry emma justin nicole scott helen brandon samantha
benjamin katherine samuel christine gregory debra alexander rachel patrick carolyn frank janet raymond catherine
jack maria dennis heather jerry diane josé olivia luis julia jesús sofía miguel françois zoë jürgen søren łukasz
þóra wei min li ana mohammed fatima giuseppe ravi priya nguyễn thị chidi aisha yusuf noa dmitri keisha darnell malik
tamika hiroshi yuki soo-jin mary-kate jean-luc
""".split()
_FAMILY = """
smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson
thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker young
allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell carter
roberts gómez phillips evans turner díaz parker cruz edwards collins reyes stewart morris morales murphy cook rogers
gutiérrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez
wood james bennett gray mendoza ruiz hughes price ng wu li xu ho o'sullivan o'brien o'neil mcdonald macleod
van_der_berg de_la_cruz müller sørensen øberg żółkowski þórsdóttir
peña_y_garcía-huidobro smith-jones begay yazzie
""".split()
_ONSETS = "b br c ch d dr f fl g gr h j k kr l m n p pr r s sch sh st t tr v w z kh ts y ou".split()
_VOWELS = "a a e e i o u ai ei ou ia é ö å ư".split()
_CODAS = " n r l s m t k x nd rt ng ck sch ".split(" ")
_ENDINGS = "son sen ez ova ski vić ian opoulos adze escu wala moto ini ley ton man berg stein wu ula anu".split()
_PLACES = "Gainesville Riverbend Maplemere Lakemere Silvergate Oakford Stonebridge Fairview Washington Houston".split()
_BODIES = (
    "{} Police Department",
    "{} County Sheriff's Office",
    "City of {}",
    "{} State Patrol",
    "University of {} Public Safety",
)
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class _Roster:
    """People made from a seed: the same ones at every run."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._rare_family = [self._made_up() for _ in range(28_000)]
        self._rare_given = [self._made_up() for _ in range(6_000)]

    def people(self, count: int) -> Iterator[tuple[int, Attendee, Sequence[str]]]:
        """Entries as the index takes them."""
        for n in range(1, count + 1):
            first, last = self._pick(_GIVEN, self._rare_given, 0.75), self._pick(_FAMILY, self._rare_family, 0.45)
            agency = self._random.choice(_BODIES).format(self._random.choice(_PLACES))
            email = f"{words(first)[0]}.{words(last)[-1]}{n}@{agency.replace(' ', '-').lower()}.example"
            attendee = Attendee(
                AttendeeId(f"{n:026}"), first.title(), last.title(), agency=agency, email=email, number=f"{n:06}"
            )
            yield n, attendee, [f"{self._random.getrandbits(80):016X}"]

    def _pick(self, common: Sequence[str], rare: Sequence[str], share: float) -> str:
        """A common name as often as `share`, the first of each list far more often than the last."""
        names = common if self._random.random() < share else rare
        return names[int(len(names) * self._random.random() ** 2)].replace("_", " ")

    def _made_up(self) -> str:
        syllables = [
            self._random.choice(_ONSETS) + self._random.choice(_VOWELS) + self._random.choice(_CODAS)
            for _ in range(self._random.choice((1, 1, 2, 2)))
        ]
        return "".join(syllables) + self._random.choice((*_ENDINGS, "", "", "a", "o"))


class _Fingers:
    """Types a text with slips in different words where there are several."""

    def __init__(self, seed: int = 11) -> None:
        self._random = random.Random(seed)

    def slip(self, text: str, count: int) -> str:
        """The text with so many slips, never the text itself."""
        parts = text.split()
        for _ in range(count):
            long = [i for i, word in enumerate(parts) if len(word) > 1]
            i = self._random.choice(long)
            parts[i] = self._slip_once(parts[i])
        typed = " ".join(parts)
        return typed if typed != text else self.slip(text, count)

    def _slip_once(self, word: str) -> str:
        at = self._random.randrange(len(word))
        match self._random.choice(("neighbour", "omit", "double", "swap")):
            case "neighbour":
                return word[:at] + self._neighbour(word[at]) + word[at + 1 :]
            case "omit":
                return word[:at] + word[at + 1 :]
            case "double":
                return word[:at] + word[at] + word[at:]
            case _:
                at = min(at, len(word) - 2)
                return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def _neighbour(self, letter: str) -> str:
        for row, keys in enumerate(_KEYS):
            if letter in keys:
                at = keys.index(letter)
                near = [keys[i] for i in (at - 1, at + 1) if 0 <= i < len(keys)]
                near += [_KEYS[r][at] for r in (row - 1, row + 1) if 0 <= r < len(_KEYS) and at < len(_KEYS[r])]
                return self._random.choice(near)
        return "e"


def run(tell: Callable[[str], None] = lambda words: None, people: int = PEOPLE) -> list[Row]:
    """Build an index, type into it, and say how long the keys took and how often the right person was in sight."""
    tell(f"a roster of {people:,}")
    with tempfile.TemporaryDirectory() as folder:
        db = sqlcipher.connect(str(Path(folder) / "view.db"), isolation_level=None)
        db.execute(f"""pragma key = "x'{random.Random(3).randbytes(32).hex()}'" """)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        try:
            return list(_figures(db, list(_Roster().people(people))))
        finally:
            db.close()


def _figures(db: sqlcipher.Connection, roster: list[tuple[int, Attendee, Sequence[str]]]) -> Iterator[Row]:
    index, started = SearchIndex(db), time.perf_counter()
    db.execute("begin immediate")
    index.create()
    index.put(roster)
    db.execute("commit")
    yield Row(f"search, index of {len(roster):,} built", time.perf_counter() - started, "s", limit="≤ 8 at 100,000")

    names = {n: " ".join(words(f"{a.first} {a.last}")) for n, a, _ in roster}
    kinds = _typings(names, random.Random(5))
    wall, processor = [], []
    for kind, limit, typings in kinds:
        hits = 0
        for meant, typed in typings:
            hits += any(_is_meant(names[n], meant) for n in index.find(typed)[:SEEN])
        for _, typed in typings[:TIMED]:
            for end in range(2, len(typed) + 1):
                before, before_cpu = time.perf_counter(), time.thread_time()
                index.find(typed[:end])
                wall.append((time.perf_counter() - before) * 1e3)
                processor.append((time.thread_time() - before_cpu) * 1e3)
        yield Row(f"search, {kind}: in the first {SEEN}", 100 * hits / len(typings), "%", limit=limit)
    for name, times in (("wall", wall), ("processor", processor)):
        times.sort()
        yield Row(f"search, a key, median, {name}", times[len(times) // 2], "ms")
        yield Row(f"search, a key, 99th percentile, {name}", times[len(times) * 99 // 100], "ms", limit="≤ 10, aim 6")


def _is_meant(name: str, meant: str) -> bool:
    """Whether this is the person, a namesake, or somebody of whom as much was typed: nobody could tell them apart."""
    return name == meant or set(name.split()) == set(meant.split()) or f"{name} ".startswith(meant)


def _typings(names: dict[int, str], chance: random.Random) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Kinds of typing with their limit in words, each a list of (name meant, text typed)."""
    fingers = _Fingers()
    drawn = [names[n] for n in chance.sample(sorted(names), 6 * ASKED)]

    def turned(name: str) -> str:
        first, _, last = name.partition(" ")
        return f"{last} {first}" if chance.random() < 0.5 else name

    def half(name: str) -> str:
        first, _, last = name.partition(" ")
        return f"{first} {last[: max(2, (len(last) + 1) // 2)]}".rstrip()

    def nickname(name: str) -> str:
        first, _, last = name.partition(" ")
        return f"{chance.choice(sorted(other_names(first)))} {last}"

    def made(make: Callable[[str], tuple[str, str]], source: Sequence[str] = drawn) -> list[tuple[str, str]]:
        return [make(name) for name in source[:ASKED]]

    nicknamed = [name for name in drawn if other_names(name.partition(" ")[0])]
    return [
        ("no slip", "", made(lambda name: (name, turned(name)))),
        ("one slip", "≥ 98", made(lambda name: (name, fingers.slip(turned(name), 1)))),
        ("two slips", "≥ 88", made(lambda name: (name, fingers.slip(turned(name), 2)))),
        ("half typed, one slip", "≥ 93", made(lambda name: (half(name), fingers.slip(half(name), 1)))),
        ("nickname", "≥ 95", made(lambda name: (name, nickname(name)), nicknamed)),
    ]
