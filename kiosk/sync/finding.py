"""Finding stations nearby by the network's notice board, while the hub is away; and being found there.

As long as the hub answers nothing is announced and nobody is looked for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from kiosk.errors import HubTrouble
from kiosk.wire.board import STATIONS, Board

AGAIN_S = 20.0
"""How long after one look there is the next."""
WATCH_S = 1.0
NO_BOARD_S = 60.0

_log = logging.getLogger(__name__)


class Finding:
    """Runs from `start` until `close`, in a thread of its own.

    `own` says where this station answers others, empty where it does not; `found` is told addresses to try.
    """

    def __init__(
        self,
        is_needed: Callable[[], bool],
        own: Callable[[], Sequence[str]],
        found: Callable[[Sequence[str]], None],
        board: Callable[[], Board] = Board,
    ) -> None:
        self._is_needed, self._own, self._found, self._board = is_needed, own, found, board
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="finding", daemon=True)
        self.trouble = ""
        """Why nobody can be found by themselves, where that is so."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Take down what was announced, and end."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(WATCH_S):
            if self._is_needed():
                try:
                    self._find()
                    self.trouble = ""
                except (HubTrouble, ImportError) as error:
                    self.trouble = str(error)
                    _log.info("%s", error)
                    self._closing.wait(NO_BOARD_S)
                except Exception:
                    _log.exception("finding stations nearby")
                    self._closing.wait(NO_BOARD_S)

    def _find(self) -> None:
        board = self._board()
        try:
            own = self._own()
            if own:
                board.announce(STATIONS, own)
            while self._is_needed() and not self._closing.is_set() and self._own() == own:
                self._found(board.look(STATIONS, closing=self._closing))
                self._closing.wait(AGAIN_S)
        finally:
            board.close()
