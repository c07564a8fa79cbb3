"""From PyAV's frames to pictures: the colours of the screen, upright."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from realtime.planes import BT601, BT709, OfPlanes, Planes
from realtime.records import Coded

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# swscale's flags: bilinear, chroma interpolated in full, and no rounding for speed; colours are then exact to a level.
_EXACT = 0x2 | 0x2000 | 0x40000
# Swscale's nearest neighbour, which has a way of its own for 4:2:0: a quarter of the time, off by a level on average.
_ROUGH = 0x10
# FFmpeg's number for a colour matrix that a file does not name.
_UNSPECIFIED = 2
# Where a file names no matrix, players take SD for BT.601 and all else for BT.709.
_HD_HEIGHT = 720
_HDR = {ColorTrc.SMPTE2084: "HDR (PQ)", ColorTrc.ARIB_STD_B67: "HDR (HLG)"}
# Of the matrices by FFmpeg's numbers (BT.709, the three of BT.601, BT.2020), the weights of red and blue.
_WEIGHTS = {1: BT709, **dict.fromkeys((4, 5, 6), BT601), 9: (0.2627, 0.0593)}
# What maps tones, by what it was made for; one at most. FFmpeg works out its table for three seconds.
_kept_graphs: dict[tuple[Any, ...], Any] = {}
# Pixels are at most so much wider or higher than they are high or wide.
_MOST_ASPECT = 4


def said_of(frame: VideoFrame) -> str:
    """Return what a frame has that a picture of 8 bits has not, in words; empty if it is nothing."""
    bits = max((component.bits for component in frame.format.components), default=8)
    return ", ".join([f"{bits} bit"] * (bits > 8) + [name for trc, name in _HDR.items() if frame.color_trc == trc])


class ToPixels:
    """Turns the frames of one video into pictures; keeps what it needs for the next one."""

    def __init__(self, aspect: float = 1.0, colours: str = "exact") -> None:
        """Prepare it.

        Args:
            aspect: how many times as wide as high the pixels of the video are.
            colours: one of `realtime.sources.base.COLOURS`, of what also comes as it is coded.
        """
        self._colours = colours
        self._first_wh: tuple[int, int] | None = None
        self._aspect = aspect if 1 / _MOST_ASPECT <= aspect <= _MOST_ASPECT else 1.0
        self._reformatter = VideoReformatter()
        # The angle of the frame before, and the matrix that it came with.
        self._turned: tuple[int | None, bytes | None] = None, None
        self._graph: Any = None
        self._graph_for: tuple[Any, ...] = ()
        self._of_planes = OfPlanes()

    def __call__(self, frame: VideoFrame) -> tuple[np.ndarray, Coded | None]:
        """Return a frame as uint8 (H, W, 3) BGR, upright and with square pixels, and as it is coded.

        The latter is None where what is written is coded in another way.
        """
        if self._is_coded_as_written(frame):
            size_wh = frame.width, frame.height
            self._first_wh = self._first_wh or size_wh
            # What changes its size within a file is fitted to the first one, which takes a picture.
            if self._colours == "none" and size_wh == self._first_wh:
                image = np.broadcast_to(np.uint8(0), (frame.height, frame.width, 3))
                return image, Coded(_planes(frame), image, stands_in=True)
            image = self._roughly(frame) if self._colours == "rough" else self._converted(frame)
            return image, Coded(_planes(frame), image)
        image = self._tone_mapped(frame) if frame.color_trc in _HDR else self._converted(frame)
        return np.ascontiguousarray(_upright(self._squared(image), self._matrix_for(frame))), None

    def close(self) -> None:
        """Leave what was dear to make to whoever reads the next video of the kind, as a second pass does."""
        if self._graph is not None:
            _kept_graphs.clear()
            _kept_graphs[self._graph_for] = self._graph
        self._graph, self._graph_for = None, ()

    def _is_coded_as_written(self, frame: VideoFrame) -> bool:
        fits = frame.format.name == "yuv420p" and _matrix_of(frame) == Colorspace.ITU709
        fits = fits and frame.color_range != ColorRange.JPEG and frame.color_trc not in _HDR
        upright = self._aspect == 1 and self._matrix_for(frame) is None
        return fits and upright and frame.width % 2 == frame.height % 2 == 0

    def _matrix_for(self, frame: VideoFrame) -> bytes | None:
        """Return FFmpeg's matrix by which a frame is to be turned, if it has one.

        It is read anew only where the angle changes: reading it makes PyAV keep a frame until garbage is collected.
        """
        if self._turned[0] != frame.rotation:
            self._turned = frame.rotation, _turn_of(frame)
        return self._turned[1]

    def _roughly(self, frame: VideoFrame) -> np.ndarray:
        return self._reformatter.reformat(
            frame, format="bgr24", src_colorspace=Colorspace.ITU709, interpolation=_ROUGH, threads=1
        ).to_ndarray()

    def _converted(self, frame: VideoFrame) -> np.ndarray:
        matrix = _matrix_of(frame)
        weights = _WEIGHTS.get(matrix)
        if weights is not None and frame.format.name in ("yuv420p", "yuvj420p"):
            full = frame.color_range == ColorRange.JPEG or frame.format.name == "yuvj420p"
            return self._of_planes(_planes(frame), weights, full)
        named = matrix == frame.colorspace
        return self._reformatter.reformat(
            frame,
            format="bgr24",
            src_colorspace=None if named else Colorspace(matrix),
            interpolation=_EXACT,
            threads=1,
        ).to_ndarray()

    def _squared(self, image: np.ndarray) -> np.ndarray:
        """Return a picture of pixels as wide as high, as DVDs and some camcorders don't have them."""
        if self._aspect == 1:
            return image
        height, width = image.shape[:2]
        size_wh = (max(round(width * self._aspect), 1), height)
        return cv2.resize(image, size_wh, interpolation=cv2.INTER_LINEAR)

    def _tone_mapped(self, frame: VideoFrame) -> np.ndarray:
        made_for = (frame.width, frame.height, frame.format.name, frame.color_trc)
        if made_for != self._graph_for:
            self.close()
            self._graph, self._graph_for = _kept_graphs.pop(made_for, None) or _tone_mapper(frame), made_for
        if frame.color_primaries == ColorPrimaries.UNSPECIFIED:
            frame.color_primaries = ColorPrimaries.BT2020
        self._graph.push(frame)
        return self._graph.pull().to_ndarray()


def _matrix_of(frame: VideoFrame) -> int:
    """Return FFmpeg's number of the colour matrix of a frame, as players take it where the file names none."""
    if frame.colorspace != _UNSPECIFIED or frame.format.is_rgb:
        return frame.colorspace
    return int(Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601)


def _planes(frame: VideoFrame) -> Planes:
    """Return the brightness, uint8 (H, W), and both colours, uint8 (H / 2, W / 2) rounded up, of a frame with 4:2:0."""
    planes: tuple[Any, ...] = frame.planes
    luma, blue, red = (
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in planes[:3]
    )
    return luma, blue, red


def _tone_mapper(frame: VideoFrame) -> Any:
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base),
        graph.add("scale", "out_primaries=bt709:out_transfer=bt709:out_range=pc:flags=accurate_rnd"),
        graph.add("format", "bgr24"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _upright(image: np.ndarray, matrix: bytes | None) -> np.ndarray:
    """Return a picture turned and mirrored as the file asks for: phones write what the sensor sees, and how it lay."""
    if matrix is None:
        return image
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].astype(float)
    if abs(b) + abs(c) > abs(a) + abs(d):
        image, a, d = cv2.transpose(image), c, b
    if a < 0:
        image = cv2.flip(image, 1)
    return cv2.flip(image, 0) if d < 0 else image


def _turn_of(frame: VideoFrame) -> bytes | None:
    """Return FFmpeg's matrix by which a frame is to be turned, if it has one."""
    found: Any = frame.side_data  # PyAV's own types take it for a dictionary of texts
    matrix = next((bytes(data) for data in found if data.type == Type.DISPLAYMATRIX), None)
    return matrix if matrix is not None and len(matrix) == 36 else None
