"""`python -m kiosk` and the `kiosk` command."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the program; answers its exit code. The window's way in is kept short, since somebody waits for it."""
    if getattr(sys, "frozen", False):
        from multiprocessing import freeze_support

        freeze_support()  # the packed program is its own Python for the process that reads old .xls files
    _leave_no_core_dump()
    if len(sys.argv) == 1:
        # Nothing made while starting is garbage; looking for some costs a tenth of the time to the window. `start`
        # turns it on.
        gc.disable()
        from kiosk.start import main as window

        return window(_demo)
    from kiosk.commands.main import main as shell

    return shell()


def _leave_no_core_dump() -> None:
    """A crash must not write what is in memory, names and the key to them, to the disk. Windows asks somebody else."""
    if sys.platform != "win32":
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _demo() -> int:
    from kiosk.demo import run_demo

    return run_demo()


if __name__ == "__main__":
    sys.exit(main())
