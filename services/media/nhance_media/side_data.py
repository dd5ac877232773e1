"""What comes with a decoded frame beside its picture."""

from __future__ import annotations

from typing import Any, cast

from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame


def _unnamed(kinds: type[SideDataType], number: object) -> SideDataType | None:
    """A member for a kind that PyAV has no name for; None for what is no number."""
    if not isinstance(number, int):
        return None
    kind: Any = object.__new__(kinds)
    kind._name_, kind._value_ = f"UNNAMED_{number}", number
    return cast(SideDataType, kinds._value2member_map_.setdefault(number, kind))


# Of a frame with side data of such a kind, PyAV would give none at all.
SideDataType._missing_ = classmethod(_unnamed)  # type: ignore[method-assign,assignment]
# FFmpeg's AVFrameSideDataType: which view a frame of MV-HEVC is.
VIEW_ID = SideDataType(29)


def side_data(frame: VideoFrame) -> dict[SideDataType, bytes]:
    """All of it, by its kind."""
    attached: Any = frame.side_data  # PyAV's stub says that it holds names
    return {found.type: bytes(memoryview(found)) for found in attached}
