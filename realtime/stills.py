"""What a picture file holds besides its pixels: a colour profile, transparency, how a JPEG was compressed; and HEIC."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, JpegImagePlugin, WebPImagePlugin

from realtime.errors import InputError
from realtime.limits import check_file
from realtime.picture_size import check_picture

HEIC_SUFFIXES = (".heic", ".heif", ".hif")
# Of JPEG files that no other tells.
JPEG_QUALITY = 92
# Pillow imports every format it knows when it is asked for one it has not met, so WebP's module is imported above.
_FORMATS = ("JPEG", "PNG", "TIFF", WebPImagePlugin.WebPImageFile.format)


def in_srgb(image: np.ndarray, data: bytes) -> np.ndarray:
    """Return a picture in the colours of the screen.

    Args:
        image: As it was decoded, uint8 (H, W, 3) BGR.
        data: Its file, whose profile tells what the numbers mean; without one they stay.
    """
    with contextlib.suppress(Exception):  # pillow answers broken files and profiles with errors of many kinds
        with _opened(data) as opened:
            profile = opened.info.get("icc_profile")
            if not profile:
                return image
            # Inks need all four of them.
            pixels = opened.convert("CMYK") if opened.mode == "CMYK" else Image.fromarray(image[:, :, ::-1])
            turned = opened.getexif().get(0x0112, 1) != 1 and opened.mode == "CMYK"
        if not turned:
            return _converted(pixels, profile, image)
    return image


def read_heic(path: Path, data: bytes) -> np.ndarray:
    """Return a picture as phones write them, uint8 (H, W, 3) BGR, upright, in the colours of the screen.

    Raises:
        InputError: It can't be decoded, or the package that does is not installed.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise InputError(
            f"{path} is a HEIC picture, which needs the package pillow-heif.",
            "Run 'pip install pillow-heif', or save the picture as JPEG.",
        ) from error
    try:
        opened = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        picture = opened.to_pillow()
        image = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])
        profile = opened.info.get("icc_profile")
        return _converted(Image.fromarray(image[:, :, ::-1]), profile, image) if profile else image
    except Exception as error:  # the package answers broken files with errors of many kinds
        raise InputError(
            f"{path} is no picture that can be read, or it is damaged.", "Try a JPEG or PNG file."
        ) from error


def encoded_like(original: Path | None, image: np.ndarray, suffix: str) -> bytes | None:
    """Return a picture as a file in the manner of another: a JPEG compressed as much, transparency kept.

    Args:
        original: The file that the picture was made from, if there is one.
        image: uint8 (H, W, 3) BGR.
        suffix: The ending of the new file.

    Returns:
        The file without anything but the picture; None where nothing need be kept.
    """
    if suffix in (".jpg", ".jpeg"):
        return _jpeg_like(original, image)
    if original is not None and suffix in (".png", ".webp", ".tif", ".tiff"):
        alpha = _alpha_of(original, image.shape[1::-1])
        if alpha is not None:
            return cv2.imencode(suffix, np.dstack((image, alpha)))[1].tobytes()
    return None


def in_few_colours(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture in the 256 colours that suit it, as GIF wants it, within some 10 ms.

    Args:
        image: uint8 (H, W, 3) BGR.

    Returns:
        The number of each pixel's colour, uint8 (H, W), and the colours, uint8 (256, 3) RGB.
    """
    few = Image.fromarray(np.ascontiguousarray(image[:, :, ::-1])).quantize(256, Image.Quantize.FASTOCTREE)
    colours = np.zeros((256, 3), np.uint8)
    known = np.array(few.getpalette("RGB") or [], np.uint8).reshape(-1, 3)[:256]
    colours[: len(known)] = known
    return np.asarray(few), colours


def _jpeg_like(original: Path | None, image: np.ndarray) -> bytes:
    manner: dict[str, object] = {"quality": JPEG_QUALITY}
    if original is not None:
        with contextlib.suppress(Exception), _opened(_bytes_of(original)) as opened:
            if isinstance(opened, JpegImagePlugin.JpegImageFile) and opened.mode in ("RGB", "L"):
                sampling = JpegImagePlugin.get_sampling(opened)
                manner = {"qtables": opened.quantization, "subsampling": sampling if sampling >= 0 else 0}
    file = io.BytesIO()
    pixels = Image.fromarray(np.ascontiguousarray(image[:, :, ::-1]))
    try:
        pixels.save(file, "JPEG", **manner)
    except (ValueError, OSError):  # tables that this encoder can't take
        file = io.BytesIO()
        pixels.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _alpha_of(path: Path, size_wh: tuple[int, ...]) -> np.ndarray | None:
    """Return how opaque a picture is, uint8 (H, W), upright; None where it is so everywhere, or of another size."""
    with contextlib.suppress(Exception), _opened(_bytes_of(path)) as opened:
        if opened.mode not in ("RGBA", "LA", "PA") and "transparency" not in opened.info:
            return None
        from PIL import ImageOps

        alpha = ImageOps.exif_transpose(opened.convert("RGBA")).getchannel("A")
        if alpha.size == tuple(size_wh) and alpha.getextrema() != (255, 255):
            return np.asarray(alpha)
    return None


def _converted(pixels: Image.Image, profile: bytes, image: np.ndarray) -> np.ndarray:
    described = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if "srgb" in ImageCms.getProfileDescription(described).lower():
        return image
    if pixels.mode == "RGB" and described.profile.xcolor_space.strip() != "RGB":
        return image  # of grey or inks, of which nothing is left here
    converted = ImageCms.profileToProfile(pixels, described, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image if converted is None else np.ascontiguousarray(np.asarray(converted)[:, :, ::-1])


def _bytes_of(path: Path) -> bytes:
    check_file(path)
    data = path.read_bytes()
    check_picture(path, io.BytesIO(data))
    return data


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open a file with pillow, without decoding it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bombs and faults: the size was looked at before
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            yield image
