"""Writing files so that no crash leaves half of one."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes, *, durable: bool = False, via: Path | None = None) -> None:
    """Replaces the file in one step: a reader sees the old content or the new, never a part.

    A file that is there keeps its permissions. With `durable` the data is on the disk when this returns, so that it
    outlives a power cut as well. `via` is the folder of the temporary file, by default the file's own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = (via or path.parent) / f".{path.name}.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def keep_previous(path: Path, copy: Path) -> None:
    """Makes `copy` what the file is now, without copying where the file system can; the file stays where it is."""
    staged = copy.with_name(f".{copy.name}.{os.getpid()}.tmp")
    staged.unlink(missing_ok=True)
    try:
        staged.hardlink_to(path)
    except FileNotFoundError:
        return
    except OSError:
        staged.write_bytes(path.read_bytes())
    staged.replace(copy)


def sync(path: Path) -> None:
    """Has the disk hold the file and its name."""
    for target in (path, path.parent) if os.name != "nt" else ():
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(path: Path) -> None:
    """Removes what killed writers of this file left behind. The caller holds whatever lock guards the file."""
    for leftover in path.parent.glob(f".{path.name}*.tmp"):
        leftover.unlink(missing_ok=True)
