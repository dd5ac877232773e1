"""What a video says of its pictures that the output does not say: a warning for each."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from av.sidedata.sidedata import Type as SideDataType

from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.side_data import VIEW_ID

DYNAMIC_METADATA = {
    SideDataType.DOVI_RPU_BUFFER: "Dolby Vision",
    SideDataType.DYNAMIC_HDR_PLUS: "HDR10+",
    SideDataType.DYNAMIC_HDR_VIVID: "HDR Vivid",
}
# FFmpeg's AVStereo3D and AVSphericalMapping begin with the type and with the projection.
_KIND = struct.Struct("=i")
# Of the types: no 3D; and two views that are not in one picture, as far as is known.
NO_3D, APART = 0, 8
# Of the projections: the one of every lens, which iPhones state.
RECTILINEAR = 4
ONE_EYE = (
    "The video has a view for each eye; the output has one of them alone, as players without 3D "
    "show it."
)
NOT_SAID = (
    "The output does not say that the video is a 360° or 3D one: that goes along from MP4 and MOV "
    "to MP4 and MOV alone, where it is said in Google's way (st3d, sv3d)."
)


def dropped_metadata(told: Mapping[SideDataType, bytes]) -> list[JobWarning]:
    """Of metadata that describes pictures one by one; ``told`` is a frame's side data."""
    return [
        JobWarning(
            WarningCode.METADATA_DROPPED,
            f"The {name} metadata was dropped, since it describes the pictures of the source one "
            "by one. The picture that it refines is kept.",
        )
        for kind, name in DYNAMIC_METADATA.items()
        if kind in told
    ]


def lost_in_space(told: Mapping[SideDataType, bytes], put_back: bool) -> list[JobWarning]:
    """Of where pictures belong around the viewer, and for which eye; ``told`` as above.

    ``put_back`` is whether the output gets the source's description of that.
    """
    stereo = _kind(told, SideDataType.STEREO3D, NO_3D)
    around = _kind(told, SideDataType.SPHERICAL, RECTILINEAR) != RECTILINEAR
    if VIEW_ID in told or (stereo == APART and not put_back):
        return [JobWarning(WarningCode.METADATA_DROPPED, ONE_EYE)]
    if put_back or (stereo == NO_3D and not around):
        return []
    return [JobWarning(WarningCode.METADATA_DROPPED, NOT_SAID)]


def _kind(told: Mapping[SideDataType, bytes], side_data: SideDataType, default: int) -> int:
    data = told.get(side_data)
    return _KIND.unpack_from(data)[0] if data else default
