"""Decoded frames as arrays of the samples that they hold, as NV12, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from nhance_kit.errors import UnsupportedMedia

Plane = NDArray[np.uint8]
Codes = NDArray[np.unsignedinteger[Any]]
Change = NDArray[np.int16]

_LAYOUTS = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}
# pix_fmt: bits, and log2 of the chroma's subsampling across and down
PLANAR = {
    f"yuv{letter}{name}p{suffix}": (bits, layout)
    for name, layout in _LAYOUTS.items()
    for letter, suffix, bits in (
        ("", "", 8),
        ("j", "", 8),
        ("", "10le", 10),
        ("", "12le", 12),
    )
}
# Luma alone: swscale would take it for full range, whatever it is tagged.
GREY = {"gray": "yuv420p", "gray10le": "yuv420p10le"}
# What else decoders give, and the format to which it is brought without losing bits or colour.
NEAREST = {
    "nv12": "yuv420p",
    "p010le": "yuv420p10le",
    **GREY,
    "yuv410p": "yuv420p",
    "yuv411p": "yuv422p",
    "yuvj411p": "yuvj422p",
    "yuv440p": "yuv444p",
    "yuvj440p": "yuvj444p",
    "yuva420p": "yuv420p",
    "yuva444p10le": "yuv444p10le",
    "yuva444p12le": "yuv444p12le",
}


@dataclass(frozen=True)
class Samples:
    """A frame as it was decoded: luma [H,W,1], chroma [h,w,2] (Cb and Cr), in the range as tagged.

    uint8 codes for 8 bits, uint16 for more; h and w are H and W divided by 2**down and 2**across,
    rounded up.
    """

    luma: Codes
    chroma: Codes
    bits: int
    across: int
    down: int

    @property
    def most(self) -> int:
        """The highest code."""
        return (1 << self.bits) - 1


def layout_of(pix_fmt: str) -> tuple[int, tuple[int, int]]:
    """Bits, and log2 of the chroma's subsampling across and down, as ``samples_of`` gives them.

    Raises UnsupportedMedia for a format that it does not take.
    """
    name = NEAREST.get(pix_fmt, pix_fmt)
    if name not in PLANAR:
        raise UnsupportedMedia(
            f"The pixel format {pix_fmt} is not supported. Export the video as 4:2:0 in 8 or 10 "
            "bits."
        )
    return PLANAR[name]


def planar(bits: int, layout: tuple[int, int]) -> str:
    """The name of a planar format."""
    return next(name for name, found in PLANAR.items() if found == (bits, layout))


def samples_of(frame: VideoFrame) -> Samples:
    """The frame's own samples; a format in NEAREST is converted first.

    Raises UnsupportedMedia for any other.
    """
    name = frame.format.name
    bits, (across, down) = layout_of(name)
    if name in NEAREST and name not in GREY:
        frame = frame.reformat(format=NEAREST[name])
    height, width = frame.height, frame.width
    luma = _rows(frame, 0, height, width, bits)[..., None]
    rows, columns = -(-height >> down), -(-width >> across)
    if name in GREY:
        chroma = np.full((rows, columns, 2), 1 << (bits - 1), luma.dtype)
    else:
        chroma = np.stack([_rows(frame, i, rows, columns, bits) for i in (1, 2)], axis=-1)
    return Samples(luma, chroma, bits, across, down)


def frame_of(samples: Samples) -> VideoFrame:
    """A planar frame of even size: an odd one has its last row or column repeated."""
    height, width = (even(extent) for extent in samples.luma.shape[:2])
    frame = VideoFrame(width, height, planar(samples.bits, (samples.across, samples.down)))
    planes = (samples.luma[..., 0], samples.chroma[..., 0], samples.chroma[..., 1])
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size // values.itemsize), values.dtype)
        grown = ((0, plane.height - values.shape[0]), (0, plane.width - values.shape[1]))
        rows[:, : plane.width] = np.pad(values, grown, mode="edge")
        plane.update(rows.tobytes())
    return frame


def to_nv12(samples: Samples) -> tuple[Plane, Plane]:
    """The samples in 8 bits and 4:2:0: luma uint8 [H,W,1], chroma uint8 [⌈H/2⌉,⌈W/2⌉,2]."""
    plain = fitted(samples, "yuv420p")
    return plain.luma.astype(np.uint8, copy=False), plain.chroma.astype(np.uint8, copy=False)


def fitted(samples: Samples, pix_fmt: str) -> Samples:
    """The samples in a planar format of as many bits and as much chroma, or fewer."""
    bits, (across, down) = PLANAR[pix_fmt]
    chroma = _halved(samples.chroma, across - samples.across, down - samples.down)
    luma, chroma = (_rounded(codes, samples.bits, bits) for codes in (samples.luma, chroma))
    return Samples(luma, chroma, bits, across, down)


def from_nv12(luma: Plane, chroma: Plane) -> Samples:
    """NV12 planes as samples."""
    return Samples(luma, chroma, 8, 1, 1)


def changed(samples: Samples, luma: Change, chroma: Change) -> Samples:
    """The samples with changes added, clipped to what their bits hold.

    luma: [H,W,1], chroma: [⌈H/2⌉,⌈W/2⌉,2], in codes of the samples' own bits; finer chroma has each
    change repeated.
    """
    for axis, repeated in ((1, not samples.across), (0, not samples.down)):
        if repeated:
            chroma = np.repeat(chroma, 2, axis=axis)
    height, width = samples.chroma.shape[:2]
    return Samples(
        _added(samples.luma, luma, samples.most),
        _added(samples.chroma, chroma[:height, :width], samples.most),
        samples.bits,
        samples.across,
        samples.down,
    )


def _added(codes: Codes, change: Change, most: int) -> Codes:
    added: Codes = np.clip(codes.astype(np.int32) + change, 0, most).astype(codes.dtype)
    return added


def even(size: int) -> int:
    """The next even number: H.264 has no odd sizes in 4:2:0."""
    return size + size % 2


def _rows(frame: VideoFrame, plane: int, height: int, width: int, bits: int) -> Codes:
    source = frame.planes[plane]
    codes: Codes = np.frombuffer(memoryview(source), np.uint8 if bits == 8 else np.uint16)
    line = source.line_size // codes.itemsize
    return codes[: line * height].reshape(height, line)[:, :width]


def _rounded(codes: Codes, bits: int, fewer: int) -> Codes:
    """In fewer bits, rounded to nearest."""
    lost = bits - fewer
    if lost == 0:
        return codes
    rounded = (codes.astype(np.uint32) + (1 << (lost - 1))) >> lost
    fitting: Codes = np.minimum(rounded, (1 << fewer) - 1).astype(np.uint16)
    return fitting


def _halved(codes: Codes, across: int, down: int) -> Codes:
    """Mean of neighbours, rounded to nearest; the last one of an odd number stands alone."""
    for axis, halve in ((1, across), (0, down)):
        if halve:
            pad = [(0, 0), (0, 0), (0, 0)]
            pad[axis] = (0, codes.shape[axis] % 2)
            wide = np.pad(codes, pad, mode="edge").astype(np.uint16)
            first, second = (wide[:, ::2], wide[:, 1::2]) if axis else (wide[::2], wide[1::2])
            codes = ((first + second + 1) >> 1).astype(codes.dtype)
    return codes
