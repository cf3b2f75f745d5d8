"""Facts about this computer that a laptop at a registration desk can be wrong about. Reads, never changes.

Each answers None where the platform gives no answer without asking for an administrator's password.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

NETWORK_FILE_SYSTEMS = re.compile(
    r"9p|afpfs|afs|ceph|cifs|davfs|fuse\.(davfs2|gvfsd-fuse|rclone|s3fs|sshfs)|glusterfs|lustre|ncpfs|nfs4?|smb[23]|smbfs|webdav"
)
SYNCED_FOLDERS = re.compile(
    r"(onedrive|dropbox|google ?drive|my drive|icloud ?drive|mobile documents|nextcloud|owncloud|syncthing|pcloud)",
    re.IGNORECASE,
)
_REMOTE_DRIVE = 4
"""What Windows' GetDriveTypeW answers for a network drive."""
_ASKING_TAKES_S = 5


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The type of the file system that holds an existing path (ext4, nfs4…); on Windows `remote` or `local`."""
    if os.name == "nt":
        return _windows_drive(path)
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best = ("", "")
    real = str(path.resolve())
    for line in lines:
        _source, mounted, kind = line.split(" ")[:3]
        mounted = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), mounted)
        holds = real == mounted or real.startswith(mounted.rstrip("/") + "/")
        if holds and len(mounted) >= len(best[0]):
            best = (mounted, kind)
    return best[1] or None


def _windows_drive(path: Path) -> str:
    import ctypes

    drive_type = getattr(ctypes, "windll").kernel32.GetDriveTypeW  # noqa: B009  (only Windows has it)
    remote = str(path).startswith("\\\\") or drive_type(path.anchor) == _REMOTE_DRIVE
    return "remote" if remote else "local"


def on_the_network(path: Path) -> bool | None:
    """Whether a folder lives on another computer, where neither locks nor flushes can be trusted."""
    kind = file_system(path)
    return None if kind is None else kind == "remote" or NETWORK_FILE_SYSTEMS.fullmatch(kind) is not None


def synced_by(path: Path) -> str | None:
    """The service that copies this folder away while we write to it, by the folder's name."""
    found = SYNCED_FOLDERS.search(str(path.resolve()))
    return found[1] if found else None


def writable(folder: Path) -> bool:
    """Whether a file can be made and flushed in the folder, or in the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    probe = folder / f".kiosk-probe-{os.getpid()}"
    try:
        with probe.open("xb") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError:
        return False
    return folder.is_dir()


def disk_encrypted(path: Path, devices: Path = Path("/sys/dev/block")) -> bool | None:
    """Whether the disk under an existing path is encrypted as a whole."""
    if platform.system() == "Linux":
        number = path.stat().st_dev
        return _crypt_below(devices / f"{os.major(number)}:{os.minor(number)}")
    if platform.system() == "Darwin":
        return _asked("fdesetup", "isactive")
    return None  # Windows tells administrators only


def _crypt_below(device: Path, depth: int = 0) -> bool | None:
    """Device mapper names what it encrypts `CRYPT-…`; LVM and RAID stand on what may be encrypted."""
    if not device.exists() or depth > 8:
        return None
    try:
        if (device / "dm" / "uuid").read_text().startswith("CRYPT-"):
            return True
    except OSError:
        pass  # no device mapper here
    below = sorted((device / "slaves").iterdir()) if (device / "slaves").is_dir() else []
    answers = [_crypt_below(slave, depth + 1) for slave in below]
    return bool(answers) and all(answers)


def _asked(*command: str) -> bool | None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_ASKING_TAKES_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode == 0


def usb_printers(devices: Path = Path("/dev/usb")) -> dict[str, bool]:
    """The device files of printers (Linux), and whether this account may use each."""
    files = sorted(devices.glob("lp*")) if devices.is_dir() else []
    return {file.name: os.access(file, os.R_OK | os.W_OK) for file in files}
