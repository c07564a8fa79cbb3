"""What makes an entry of a .zip from a stranger refusable, said once for all who unpack one."""

from __future__ import annotations

import stat
import zipfile

# Longer names, folders included, are of no use to anybody, and some systems can't write them.
_MAX_NAME = 400
# What every .zip program writes unless it is asked for something else.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The bit of an entry's flags that says it is locked.
_ENCRYPTED = 0x1


def entry_problem(entry: zipfile.ZipInfo, within: str = "folder") -> str:
    """Tell why an entry of a .zip must not be unpacked.

    Args:
        entry: of the table of contents; its content is not looked at.
        within: what the entry has to stay in, as the user would call it.

    Returns:
        What the entry has that is wrong, to follow "which has"; empty if nothing is.
    """
    return _name_problem(entry.orig_filename, within) or _kind_problem(entry)


def _name_problem(name: str, within: str) -> str:
    """Tell what is wrong with a name as it was written.

    zipfile's own `filename` won't do: it is cut at a NUL, and on Windows its backslashes are turned.
    """
    if not name.isprintable():
        return "a name that can't be shown"
    if len(name) > _MAX_NAME:
        return "a name that is too long"
    if name.startswith(("/", "~")) or "\\" in name or ":" in name or ".." in name.split("/"):
        return f"a name that leads out of the {within}"
    return ""


def _kind_problem(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link in place of a file"
    # Programs that know nothing of Unix leave the kind out.
    if kind not in (0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG):
        return "a device in place of a file"
    if entry.flag_bits & _ENCRYPTED:
        return "a password"
    return "" if entry.compress_type in _COMPRESSIONS else "an unusual compression"
