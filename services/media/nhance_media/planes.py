"""Decoded frames as NV12 arrays and back. 8 bits; 4:2:2 and 4:4:4 become 4:2:0."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from nhance_kit.errors import UnsupportedMedia

Plane = NDArray[np.uint8]

# pix_fmt: log2 of the chroma's horizontal and vertical subsampling
PLANAR = {
    "yuv420p": (1, 1),
    "yuvj420p": (1, 1),
    "yuv422p": (1, 0),
    "yuvj422p": (1, 0),
    "yuv444p": (0, 0),
    "yuvj444p": (0, 0),
}
SUPPORTED = frozenset({*PLANAR, "nv12"})


def planes_of(frame: VideoFrame) -> tuple[Plane, Plane]:
    """luma: uint8 [H,W,1]; chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2], U and V; in the range as tagged.

    Raises UnsupportedMedia for any format that is not in SUPPORTED.
    """
    name = frame.format.name
    height, width = frame.height, frame.width
    if name not in SUPPORTED:
        raise UnsupportedMedia(f"The pixel format {name} is not supported.")
    luma = _rows(frame, 0, height, width)[..., None]
    if name == "nv12":
        chroma = _rows(frame, 1, -(-height // 2), 2 * -(-width // 2))
        return luma, chroma.reshape(chroma.shape[0], -1, 2)
    across, down = PLANAR[name]
    uv = [_rows(frame, i, -(-height >> down), -(-width >> across)) for i in (1, 2)]
    return luma, np.stack([_halved(plane, 1 - across, 1 - down) for plane in uv], axis=-1)


def frame_of(luma: Plane, chroma: Plane) -> VideoFrame:
    """An ``nv12`` frame of even size: an odd one has its last row or column repeated.

    luma: uint8 [H,W,1]; chroma: uint8 [⌈H/2⌉,⌈W/2⌉,2].
    """
    height, width = even(luma.shape[0]), even(luma.shape[1])
    luma = luma[..., 0]
    if luma.shape != (height, width):
        luma = np.pad(luma, ((0, height - luma.shape[0]), (0, width - luma.shape[1])), mode="edge")
    return VideoFrame.from_ndarray(
        np.concatenate([luma, chroma.reshape(height // 2, width)]), format="nv12"
    )


def even(size: int) -> int:
    """The next even number: H.264 has no odd sizes in 4:2:0."""
    return size + size % 2


def _rows(frame: VideoFrame, plane: int, height: int, width: int) -> Plane:
    source = frame.planes[plane]
    rows: Plane = np.frombuffer(memoryview(source), np.uint8)[: source.line_size * height]
    return rows.reshape(height, source.line_size)[:, :width]


def _halved(plane: Plane, across: int, down: int) -> Plane:
    """Mean of neighbours, rounded to nearest; the last one of an odd number stands alone."""
    for axis, halve in ((1, across), (0, down)):
        if halve:
            pad = [(0, 0), (0, 0)]
            pad[axis] = (0, plane.shape[axis] % 2)
            wide = np.pad(plane, pad, mode="edge").astype(np.uint16)
            first, second = (wide[:, ::2], wide[:, 1::2]) if axis else (wide[::2], wide[1::2])
            plane = ((first + second + 1) >> 1).astype(np.uint8)
    return plane
