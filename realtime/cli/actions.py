"""What the program does in place of a run: each a function that takes the options and returns the exit code.

Each loads what it needs when it is called, so that a question is answered at once.
"""

from __future__ import annotations

from collections.abc import Callable

from realtime.cli.options import Options


def asked_for(options: Options) -> Callable[[Options], int] | None:
    """Return the action that the options ask for; None where they ask for a run."""
    return next((action for name, action in ACTIONS.items() if getattr(options, name)), None)


def _list_cameras(_: Options) -> int:
    from realtime.sources.camera import describe_cameras

    print("\n".join(describe_cameras()))
    return 0


def _list_packs(options: Options) -> int:
    from realtime.packs.check import describe_packs

    print(*describe_packs(options.pack), sep="\n")
    return 0


def _check_pack(options: Options) -> int:
    from realtime.packs.check import check_pack

    for line in check_pack(options.check_pack):
        print(line)
    return 0


def _forget_profile(options: Options) -> int:
    from realtime.cli.parse import profile_path
    from realtime.people.neutral import forget_profile

    forget_profile(profile_path(options.profile))
    print(f"The resting face of '{options.profile}' is forgotten, and what was taught.")
    return 0


def _menu_entry(options: Options) -> int:
    from realtime.cli import desktop

    print(desktop.menu_entry(options.menu_entry == "on"))
    return 0


def _start_at_login(options: Options) -> int:
    from realtime.cli import desktop

    print(desktop.start_at_login(options.start_at_login == "on"))
    return 0


# By the field of the options that asks for it; of several the first is done.
ACTIONS: dict[str, Callable[[Options], int]] = {
    "list_cameras": _list_cameras,
    "list_packs": _list_packs,
    "check_pack": _check_pack,
    "forget_profile": _forget_profile,
    "menu_entry": _menu_entry,
    "start_at_login": _start_at_login,
}
