"""What the program keeps of people in its own folders: listing it, and removing it when its owner says so."""

from __future__ import annotations

import shutil
from pathlib import Path

from realtime.cli.parse import default_config, own_folder, profile_path
from realtime.errors import OutputError

# The program's own folders, and what is in each.
_KNOWN = {
    "profiles": "resting face and what was taught",
    "reports": "report of a session",
    "practice": "how often expressions were shown",
}


def forget_profile(name: str) -> int:
    """Remove a profile, say so, and return exit code 0."""
    from realtime.people.neutral import forget_profile as remove

    remove(profile_path(name))
    print(f"The resting face of '{name}' is forgotten, and what was taught.")
    return 0


def delete_my_data() -> int:
    """List what is kept, remove it if the user says yes, and return exit code 0. Raises OutputError."""
    kept = _kept()
    if not kept:
        print(f"Nothing is kept: {own_folder()} is empty or not there.")
    else:
        print("The program keeps of you and others:", *(f"  {path}  ({what})" for path, what in kept), sep="\n")
    for path, what in _not_ours():
        print(f"Not removed: {path} ({what}).")
    print("Files you named yourself (--output, --report DIR, --timeline, ...) are yours; they are not known here.")
    if not kept or not _confirmed():
        return 0
    try:
        for path, _ in kept:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError as error:
        raise OutputError(
            f"{error.filename} can't be removed: {error.strerror}.", "Remove it yourself, or let yourself do so."
        ) from error
    for folder in (*(own_folder() / name for name in _KNOWN), own_folder()):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    print("All of it is removed.")
    return 0


def _kept() -> list[tuple[Path, str]]:
    """Return files and folders of the program's own, and what each is."""
    found = []
    for folder in sorted(own_folder().iterdir()) if own_folder().is_dir() else []:
        if folder.name in _KNOWN and folder.is_dir() and not folder.is_symlink():
            found += [(path, _KNOWN[folder.name]) for path in sorted(folder.iterdir())]
        else:
            found.append((folder, "kept by this or another version"))
    return found


def _not_ours() -> list[tuple[Path, str]]:
    config = default_config()
    return [(config, "your configuration, which you wrote")] if config.is_file() else []


def _confirmed() -> bool:
    try:
        return input("Remove all of it? Type yes: ").strip().lower() == "yes"
    except EOFError:
        print()
        return False
