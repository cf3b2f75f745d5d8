"""`python -m kiosk` and the `kiosk` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program; answers its exit code. The window's way in is kept short, since somebody waits for it."""
    if len(sys.argv) == 1:
        from kiosk import app

        return app.main()
    from kiosk.commands.main import main as shell

    return shell()


if __name__ == "__main__":
    sys.exit(main())
