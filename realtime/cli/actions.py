"""What is done in place of a run."""

from __future__ import annotations

from realtime.cli.options import Options


def done_instead(options: Options) -> bool:
    """Do what the options ask for in place of a run; return whether there was something. Raises EmojiCameraError."""
    if options.list_cameras:
        _list_cameras()
    elif options.list_packs or options.check_pack:
        _tell_of_packs(options)
    elif options.forget_profile:
        _forget_profile(options)
    else:
        return False
    return True


def _list_cameras() -> None:
    from realtime.sources.camera import describe_cameras

    print("\n".join(describe_cameras()))


def _tell_of_packs(options: Options) -> None:
    from realtime.packs.check import check_pack, describe_packs

    for line in check_pack(options.check_pack) if options.check_pack else describe_packs(options.pack):
        print(line)


def _forget_profile(options: Options) -> None:
    from realtime.cli.parse import profile_path
    from realtime.people.neutral import forget_profile

    forget_profile(profile_path(options.profile))
    print(f"The resting face of '{options.profile}' is forgotten, and what was taught.")
