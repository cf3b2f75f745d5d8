"""What can go wrong, sorted by who can act.

Everything that is meant for people derives from `KioskError` and carries one sentence that says what is wrong and
what to do; screens and the shell show it as it is. Anything else that is raised is a bug: it is logged with its trace
and shown as "something unexpected happened", never as a traceback.

An answer is not an error: a refused ticket is a `Verdict`. Errors are for what keeps the program from answering.
"""

from __future__ import annotations


class KioskError(Exception):
    """Something a person can act on; the message is the sentence they read."""


class StorageError(KioskError):
    """The disk or a database file does not do what it must. Nothing that was not committed may be shown as done."""


class NotSaved(StorageError):
    """A record could not be made durable. The desk shows NOT SAVED and nobody is let go."""


class DiskFull(NotSaved):
    """There is no space left on the disk."""


class DamagedFile(StorageError):
    """A database file cannot be trusted any more; says which, and what was done about it."""


class NewerFile(StorageError):
    """The file was written by a newer version of the program."""


class AlreadyRunning(StorageError):
    """Another copy of the program holds this data folder."""


class KeyUnavailable(KioskError):
    """The key to the station's data is missing or wrong."""


class HubTrouble(KioskError):
    """The hub cannot be reached, or does not do what it should. Nothing here depends on it."""


class HubUnavailable(HubTrouble):
    """The hub does not answer, or something else does. Sync waits and goes on."""


class HubBusy(HubUnavailable):
    """The hub asks to come back in a moment."""

    def __init__(self, sentence: str, retry_after_s: float) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class HubRefused(HubTrouble):
    """The hub understood, and said no; `code` is for programs."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class StillUnsent(KioskError):
    """Something must not be destroyed yet: records are here and nowhere else."""


class BadInput(KioskError):
    """A file, an option or a text that cannot be used; says where and why."""
