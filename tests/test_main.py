"""The way into the program, before anything else."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import resource, sys
_soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
sys.argv = ["kiosk", "--version"]
from kiosk.__main__ import main
main()
print(*resource.getrlimit(resource.RLIMIT_CORE), hard)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_crash_leaves_nothing_of_what_was_in_memory() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True).stdout.split()
    soft, _hard, _allowed = said[-3:]
    assert soft == "0"
