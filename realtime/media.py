"""Opening recordings with PyAV (FFmpeg), so that nothing but the file itself is read. Importing this loads no PyAV."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer

# Frames with a longer side are refused unless the user says otherwise.
MAX_SIDE_PX = 8192
# How long a stream may take to answer, and to send the next data.
STREAM_TIMEOUT_S = 5.0
# What only names other files or addresses, reads devices, or shows text: nothing of it is a recording.
_REFUSED = {
    *("hls", "applehttp", "concat", "concatf", "dash", "imf", "webm_dash_manifest", "sdp", "rtsp", "rtp", "rtp_mpegts"),
    *("sap", "image2", "image2pipe", "vobsub", "tty", "ffmetadata", "lavfi", "x11grab", "kmsgrab", "fbdev", "alsa"),
    *("oss", "pulse", "jack", "sndio", "video4linux2,v4l2", "v4l2", "dshow", "gdigrab", "vfwcap", "avfoundation"),
    *("bin", "xbin", "adf", "idf"),
}
# What an address that a user typed may lead on to; never a file of this machine.
_STREAM_PROTOCOLS = "http,https,tcp,tls,udp,rtp,rtsp,rtmp,rtmps,rtmpt,srt,httpproxy,crypto,mmsh,mmst,ftp"


def open_media(path: Path, max_side_px: int = MAX_SIDE_PX) -> InputContainer:
    """Open a recording on this machine. Neither it nor what it names can make the program read anything else.

    Args:
        path: Of the file.
        max_side_px: No frame with a longer side is decoded.

    Returns:
        PyAV's container, to be closed by the caller.

    Raises:
        OSError: It can't be read, is of no known format, or of one that names other files.
    """
    import av

    formats = ",".join(sorted(name for name in av.formats_available if name not in _REFUSED))
    # With the protocol in front, nothing in a name like 12:30.mp4 is taken for another.
    return _opened(
        f"file:{os.path.abspath(path)}",
        options=_limits(max_side_px) | {"protocol_whitelist": "file", "format_whitelist": formats},
    )


def open_stream(address: str, max_side_px: int = MAX_SIDE_PX) -> InputContainer:
    """Open an address that the user typed, such as a network camera's. No file of this machine is read.

    Args:
        address: With its protocol in front.
        max_side_px: No frame with a longer side is decoded.

    Returns:
        PyAV's container, which gives up when nothing comes for `STREAM_TIMEOUT_S`; to be closed by the caller.

    Raises:
        OSError: Nobody answers in time, or what comes is of no known format.
    """
    options = _limits(max_side_px) | {"protocol_whitelist": _STREAM_PROTOCOLS}
    return _opened(address, options=options, timeout=STREAM_TIMEOUT_S)


def _limits(max_side_px: int) -> dict[str, str]:
    return {"max_pixels": str(max_side_px**2)}


def _opened(address: str, **how: Any) -> InputContainer:
    import av

    try:
        return av.open(address, metadata_errors="replace", **how)
    except (av.FFmpegError, ValueError) as error:
        raise OSError(str(error)) from error


def known(streams: Iterable[Any]) -> list[Any]:
    """Return those streams of a recording whose codec is known here; the others say nothing of themselves."""
    return [stream for stream in streams if stream.codec_context is not None]
