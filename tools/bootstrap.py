"""Run, test, check and build from an empty clone: `python3 tools/bootstrap.py run`.

Needs nothing but a Python. Finds one that is new enough, makes `.venv`, installs what `pyproject.toml` asks for in the
versions of `constraints.txt`, sees to the system libraries Qt needs (installs them where it may, else names them and
the command), and then does what was asked. What is done once is not done again until those files change.

This file must stay readable to a Python 3.6, which has to get as far as saying that it is too old: hence the quoted
types.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"
VENV_PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
OLDEST = (3, 11)
TRIES = 3

OFFLINE_WORDS = re.compile(
    r"name resolution|getaddrinfo|NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|Max retries|"
    r"Connection (?:refused|reset|aborted|broken)|Network is unreachable|RemoteDisconnected|IncompleteRead|50[234] ",
    re.I,
)

# Library → its package in Debian and Ubuntu, Fedora, Arch.
LIBRARIES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libGLX.so.0": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl", "libglvnd"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2", "krb5-libs", "krb5"),
    "libz.so.1": ("zlib1g", "zlib", "zlib"),
    "libzstd.so.1": ("libzstd1", "libzstd", "zstd"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libXext.so.6": ("libxext6", "libXext", "libxext"),
    "libXrandr.so.2": ("libxrandr2", "libXrandr", "libxrandr"),
    "libdrm.so.2": ("libdrm2", "libdrm", "libdrm"),
    "libva.so.2": ("libva2", "libva", "libva"),
    "libva-drm.so.2": ("libva-drm2", "libva", "libva"),
    "libva-x11.so.2": ("libva-x11-2", "libva", "libva"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libpulse.so.0": ("libpulse0", "pulseaudio-libs", "libpulse"),
}
QT_FILES = (
    "QtWidgets.abi3.so",
    "QtSvg.abi3.so",
    "QtPrintSupport.abi3.so",
    "QtNetwork.abi3.so",
    "Qt/plugins/platforms/libqoffscreen.so",
    "Qt/plugins/platforms/libqxcb.so",
)
QT_MEDIA = ("QtMultimedia.abi3.so", "Qt/plugins/multimedia/libffmpegmediaplugin.so")

ON_SCREEN = (
    "import sys; from PySide6.QtGui import QGuiApplication as A; a = A([]);"
    "sys.exit(0 if a.primaryScreen() and a.platformName() not in ('offscreen', 'minimal', 'vnc') else 1)"
)


class Trouble(Exception):
    """Something the person at the keyboard has to do; the message says what."""


def main(arguments: "list[str]") -> int:
    """Do one of the tasks; answers the exit status."""
    name = arguments[0] if arguments else "help"
    if name not in TASKS:
        print(f"I do not know '{name}'.", file=sys.stderr)
        show_help([])
        return 2
    if sys.version_info < OLDEST:
        return run_with_newer_python(arguments)
    os.chdir(HOME)
    try:
        return TASKS[name](arguments[1:])
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# --- Python -----------------------------------------------------------------------------------------------------------


def run_with_newer_python(arguments: "list[str]") -> int:
    """Hand over to a newer Python on this computer, or say that there is none."""
    for minor in range(15, OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        # Asked, not trusted: a version manager leaves names behind that start nothing.
        if other and quiet([other, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
            return subprocess.call([other, str(Path(__file__).resolve()), *arguments])
    print(
        f"This needs Python 3.11 or newer; here is only {sys.version.split()[0]} ({sys.executable}).\n"
        "Install a newer one (Debian, Ubuntu: sudo apt-get install python3.11 python3.11-venv; Fedora: sudo dnf\n"
        "install python3.12; macOS, Windows: the installer from python.org) and start this again.",
        file=sys.stderr,
    )
    return 1


def make_venv() -> None:
    """The virtual environment, made anew when its Python is gone or too old."""
    usable = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    if Path(VENV_PYTHON).exists() and quiet([VENV_PYTHON, "-c", usable]):
        return
    say(f"Making the virtual environment .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    base = getattr(sys, "_base_executable", None) or sys.executable
    if quiet([base, "-m", "venv", str(VENV)]):
        return
    # Debian keeps venv in a package of its own.
    shutil.rmtree(VENV, ignore_errors=True)
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not apt_install([package]) or subprocess.call([base, "-m", "venv", str(VENV)]) != 0:
        raise Trouble(
            "Python cannot make a virtual environment here. Install its venv module and start this again:\n"
            f"    sudo apt-get install {package}"
        )


def install(*extras: str) -> None:
    """Our package and its libraries into .venv, unless that is done already."""
    make_venv()
    wanted = ",".join(sorted(extras))
    state = {"files": fingerprint(), "python": sys.version, "extras": wanted}
    stamp = VENV / f"installed-{wanted.replace(',', '-')}.json"
    if read_json(stamp) == state:
        return
    say("Installing the libraries (a few hundred megabytes the first time)")
    pip("install", "--constraint", "constraints.txt", "--editable", f".[{wanted}]")
    system_libraries("media" in extras)
    stamp.write_text(json.dumps(state), encoding="utf-8")


def fingerprint() -> str:
    """Changes when what has to be installed changes."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt", "tools/bootstrap.py"):
        digest.update((HOME / name).read_bytes())
    return digest.hexdigest()


def pip(*arguments: str) -> None:
    """Run pip, again where the network stumbled. Raises Trouble."""
    command = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments, "--prefer-binary"]
    if not sys.stdout.isatty():
        command.append("--quiet")
    for attempt in range(1, TRIES + 1):
        code, complaints = call_and_listen(command)
        if code == 0:
            return
        if not OFFLINE_WORDS.search(complaints):
            raise Trouble("The libraries could not be installed; pip says why above.")
        if attempt < TRIES:
            say(f"The network stumbled; trying again ({attempt + 1} of {TRIES})")
            time.sleep(5 * attempt)
    raise Trouble(
        "The libraries have to be downloaded once, and the network does not answer. Connect this computer to the\n"
        "internet and start this again; what is already downloaded is kept."
    )


def call_and_listen(command: "list[str]") -> "tuple[int, str]":
    """Run it with its complaints both shown and kept: (exit status, complaints)."""
    complaints = []
    process = subprocess.Popen(command, stderr=subprocess.PIPE, universal_newlines=True, errors="replace")
    assert process.stderr is not None
    for line in process.stderr:
        # Folders of wheels that this computer's pip settings name but that are not there are nobody's business here.
        if "WARNING: Location" not in line:
            sys.stderr.write(line)
        complaints.append(line)
    return process.wait(), "".join(complaints)


# --- what Qt needs of the system --------------------------------------------------------------------------------------


def system_libraries(media: bool) -> None:
    """See that Qt can start on this Linux: install what is missing where we may, else say what to install."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries(media)
    if not missing:
        return
    packages = packages_for(missing, 0)
    if shutil.which("apt-get") and apt_install(packages):
        missing = missing_libraries(media)
    if not missing:
        return
    message = f"Qt needs system libraries that are missing here: {' '.join(missing)}\n{how_to_install(missing)}"
    if qt_starts():
        # Enough for tests and for the run without a window; a window, sound or camera may be missing.
        say(message)
        return
    raise Trouble(message)


def missing_libraries(media: bool) -> "list[str]":
    """Names of the shared libraries that Qt's files ask for and the system does not have."""
    where = "import PySide6, os; print(os.path.dirname(PySide6.__file__))"
    folder = Path(subprocess.check_output([VENV_PYTHON, "-c", where], universal_newlines=True).strip())
    names = [*QT_FILES, *(QT_MEDIA if media else ())]
    files = [str(folder / name) for name in names if (folder / name).exists()]
    if not shutil.which("ldd"):
        return []
    _status, answer = call_and_read(["ldd", *files])
    return sorted(set(re.findall(r"^\s*(\S+) => not found", answer, re.M)))


def packages_for(libraries: "list[str]", column: int) -> "list[str]":
    """The packages that hold these libraries; column 0 is Debian, 1 Fedora, 2 Arch."""
    return sorted({LIBRARIES[name][column] for name in libraries if name in LIBRARIES})


def how_to_install(missing: "list[str]") -> str:
    """The command for this system, or for the three best known."""
    commands = (("apt-get", "apt-get install"), ("dnf", "dnf install"), ("pacman", "pacman -S"))
    lines = [
        f"    sudo {command} {' '.join(packages_for(missing, column))}"
        for column, (tool, command) in enumerate(commands)
        if shutil.which(tool)
    ]
    unknown = [name for name in missing if name not in LIBRARIES]
    if unknown or not lines:
        lines.append(f"    (find the packages that hold: {' '.join(unknown or missing)})")
    return "\n".join(lines)


def apt_install(packages: "list[str]") -> bool:
    """Install Debian packages where that needs nobody's password; answers whether they are there now."""
    sudo = [] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not (shutil.which("sudo") and quiet(["sudo", "-n", "true"]))):
        return False
    say(f"Installing system packages: {' '.join(packages)}")
    command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Acquire::Retries=3"]
    call_and_read([*command, "update"])
    status, output = call_and_read([*command, "install", "-y", "--no-install-recommends", *packages])
    if status != 0:
        sys.stderr.write(output[-2000:])
    return status == 0


def qt_starts() -> bool:
    """Whether Qt's widgets work with no display."""
    return quiet([VENV_PYTHON, "-c", "from PySide6.QtWidgets import QApplication; QApplication([])"], offscreen=True)


def display() -> bool:
    """Whether a window can be opened here. Asked of Qt itself: a DISPLAY that is set may still lead nowhere."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    return quiet([VENV_PYTHON, "-c", ON_SCREEN])


# --- tasks ------------------------------------------------------------------------------------------------------------


def run(arguments: "list[str]") -> int:
    """Open the demo conference in a window; with no display, play it without one and name the files."""
    install("media")
    if display():
        return python("-m", "kiosk", "demo", *arguments)
    print("There is no display here, so the demo conference is played without a window.", flush=True)
    return python("-m", "kiosk", "demo", "--offscreen-check", *arguments, offscreen=True)


def postgresql() -> None:
    """See that the tests find a PostgreSQL to start: install it where we may, else say how."""
    if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    if not apt_install(["postgresql"]):
        say("The hub is tested on SQLite only: PostgreSQL is not installed (Debian: sudo apt-get install postgresql)")


def chromium() -> None:
    """See that the tests find a Chromium for the hub's pages: install it where we may, else say how."""
    if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    if not apt_install(["chromium", "fonts-dejavu-core"]):
        say("The pages are tested without a browser: there is no Chromium (Debian: sudo apt-get install chromium)")


def test(arguments: "list[str]") -> int:
    """Run every test; needs no display."""
    install("dev", "media")
    postgresql()
    chromium()
    return pytest(arguments)


def soak(arguments: "list[str]") -> int:
    """Run the long fault tests: hundreds of kills, thousands of examples."""
    install("dev", "media")
    postgresql()
    status = pytest(["-m", "soak", "--timeout=3600", *arguments], HYPOTHESIS_PROFILE="soak")
    return status if arguments else python("-m", "tests.soak", offscreen=True) or status


def pytest(arguments: "list[str]", **environment: str) -> int:
    """Pytest over as many processors as there are, up to four, when the whole suite runs."""
    whole = not any(Path(argument.split("::")[0]).exists() for argument in arguments)
    workers = min(4, os.cpu_count() or 1)
    spread = ["-n", str(workers), "--dist", "worksteal"] if whole and workers > 1 else []
    return python("-m", "pytest", *spread, *arguments, offscreen=True, **environment)


def check(arguments: "list[str]") -> int:
    """Check style and types: ruff and mypy."""
    install("dev", "media")
    status = python("-m", "ruff", "check", *arguments)
    return python("-m", "mypy") or status


def build(arguments: "list[str]") -> int:
    """Pack the program into dist/kiosk for computers without Python."""
    install("build", "media")
    return python("-m", "PyInstaller", "--noconfirm", "--clean", "build.spec", *arguments)


def screenshots(arguments: "list[str]") -> int:
    """Take docs/screenshots anew from the sample roster."""
    install("dev", "media")
    return pytest(["tests/ui", *arguments], KIOSK_SCREENSHOTS="docs/screenshots")


def bench(arguments: "list[str]") -> int:
    """Measure, each figure beside its floor."""
    install("media")
    return python("-m", "kiosk", "bench", *arguments, offscreen=True)


def clean(_arguments: "list[str]") -> int:
    """Remove what was built and installed here."""
    for name in (".venv", "build", "dist", "out", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"):
        shutil.rmtree(HOME / name, ignore_errors=True)
    for folder in list(HOME.rglob("__pycache__")):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def show_help(_arguments: "list[str]") -> int:
    """List what can be asked for."""
    for name, task in TASKS.items():
        print(f"  make {name:12} {task.__doc__}")
    print("  Without make: python3 tools/bootstrap.py NAME; what follows the name is handed on.")
    return 0


TASKS = {
    "run": run, "test": test, "check": check, "build": build, "screenshots": screenshots,
    "bench": bench, "soak": soak, "clean": clean, "help": show_help,
}  # fmt: skip


def python(*arguments: str, offscreen: bool = False, **environment: str) -> int:
    """Run the environment's Python; answers its exit status."""
    settings = dict(os.environ, **environment)
    if offscreen:
        settings["QT_QPA_PLATFORM"] = "offscreen"
    return subprocess.call([VENV_PYTHON, *arguments], env=settings)


def call_and_read(command: "list[str]") -> "tuple[int, str]":
    """Run it with nothing to ask and nothing shown: (exit status, what it said)."""
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
    )
    return done.returncode, done.stdout


def quiet(command: "list[str]", offscreen: bool = False) -> bool:
    """Whether a command succeeds, with nothing of it shown."""
    settings = dict(os.environ, QT_QPA_PLATFORM="offscreen") if offscreen else None
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=settings,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def read_json(path: Path) -> object:
    """What a file of ours holds, None when it is not there or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def say(text: str) -> None:
    """One line about what is going on."""
    print("->", text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
