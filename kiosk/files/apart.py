"""Reading old Excel workbooks in a process of their own.

The parser lays out whatever size a damaged or hostile XLS claims; the allocation fails and takes the process with it.
Then a small child dies, not the desk. XLSX and ODS are measured before they are parsed and need no such care.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection

from kiosk.domain.roster_sheet import Sheet
from kiosk.errors import BadInput
from kiosk.files.archive import damaged

READ_WITHIN_S = 30.0
MEMORY_BYTES = 2**30
"""Address space of the child, where the system can limit it."""


def read_apart(name: str, data: bytes) -> tuple[Sheet, ...]:
    """The sheets of an old Excel workbook. Raises BadInput, also where the parser did not survive it."""
    context = multiprocessing.get_context("spawn")  # a fork would copy threads and open databases
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_read, args=(theirs, name, data), daemon=True)
    child.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(READ_WITHIN_S) else None
    except (EOFError, OSError):
        answer = None
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(answer, str):
        raise BadInput(answer)
    if answer is None:
        raise damaged(name)
    sheets: tuple[Sheet, ...] = answer
    return sheets


def _read(answer_to: Connection, name: str, data: bytes) -> None:
    """In the child: send the sheets, or the sentence that says why not."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its last words are for nobody
    _limit_memory()
    from kiosk.files.sheets import read_sheets

    try:
        answer_to.send(read_sheets(name, data, {}))
    except BadInput as error:
        answer_to.send(str(error))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
