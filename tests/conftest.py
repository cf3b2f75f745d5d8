"""Every test runs without a display, without this computer's keyring and without this person's own data.

Qt warnings fail a test through pytest-qt (`qt_log_level_fail`), Python warnings through `filterwarnings`, and warnings
of our own log through the fixture below; a test that means to provoke one says so with `@pytest.mark.expect_log`.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import memory
from tests.browsers import chromium
from tests.databases import SQLITE, fresh, kinds, programs, running

# Before anything imports Qt, keyring or kiosk.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("KIOSK_TEST_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
for _name in ("QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE", "QT_FONT_DPI", "KIOSK_DATA", "KIOSK_PASSPHRASE"):
    os.environ.pop(_name, None)

memory.use()

settings.register_profile(
    "house",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("soak", settings.get_profile("house"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_report_header() -> list[str]:
    """Say what is not tested here, rather than to skip it in silence."""
    hub = "on SQLite and PostgreSQL"
    if not programs():
        hub = "on SQLite only; PostgreSQL is not installed (Debian: apt-get install postgresql)"
    page = "in Chromium" if chromium() else "over HTTP only; there is no Chromium (Debian: apt-get install chromium)"
    return [f"hub: {hub}", f"page: {page}"]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL of our own."""
    with running() as address:
        yield address


@pytest.fixture(params=kinds())
def database_url(request: pytest.FixtureRequest) -> str | None:
    """What a hub is opened with: nothing for SQLite, the address of an empty PostgreSQL. The same tests on both."""
    if request.param == SQLITE:
        return None
    return fresh(request.getfixturevalue("postgresql"), f"t{secrets.token_hex(8)}")


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forgets to name a folder gets one that is thrown away."""
    monkeypatch.setenv("KIOSK_DATA", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _no_surprises_in_the_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning of ours that nobody expected fails the test it came from."""
    yield
    if request.node.get_closest_marker("expect_log"):
        return
    unexpected = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.name.split(".")[0] == "kiosk"
    ]
    if unexpected:
        pytest.fail("unexpected in the log:\n" + "\n".join(unexpected), pytrace=False)
