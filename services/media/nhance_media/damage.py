"""Which frames of a stretch of video have come out of the decoder, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from av.video.frame import VideoFrame

from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.batches import is_shown
from nhance_media.timestamps import OPEN_START
from nhance_proto.v1.frame_batch_pb2 import Packet


@dataclass
class Damage:
    """Numbers of frames."""

    concealed: int = 0
    lost: int = 0

    def add(self, other: Damage) -> None:
        self.concealed += other.concealed
        self.lost += other.lost

    def warnings(self, where: str = "") -> Iterator[JobWarning]:
        """What to say of it; ``where`` goes in front."""
        if self.lost:
            sentence = f"{where}{self.lost} damaged frames could not be decoded."
            yield JobWarning(WarningCode.FRAMES_LOST, sentence, count=self.lost)
        if self.concealed:
            yield JobWarning(
                WarningCode.FRAMES_CONCEALED,
                f"{where}{self.concealed} damaged frames were decoded in part; the decoder filled "
                "in what was missing.",
                count=self.concealed,
            )


class Account:
    """Compares the packets that went into a decoder with the frames that come out of it."""

    def __init__(self, codec: str, start_pts: int) -> None:
        self._codec = codec
        self._start_pts = start_pts
        self._missing: set[int] = set()
        self._concealed: set[int] = set()
        self._before: int | None = None
        self._follows: dict[int, int] = {}
        self._interlaced = False

    def noted(self, packets: Iterable[Packet]) -> Iterator[Packet]:
        """The packets, on their way to the decoder."""
        for packet in packets:
            if is_shown(self._codec, packet) and packet.pts >= self._start_pts:
                self._missing.add(packet.pts)
                if self._before is not None:
                    self._follows[packet.pts] = self._before
                self._before = packet.pts
            yield packet

    def checked(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """The frames, on their way from the decoder, with times that ascend.

        One without a time follows the one before.
        """
        following: int | None = None
        last = OPEN_START
        for frame in frames:
            if frame.pts is None:
                if following is None:
                    continue
                frame.pts = following
            self._missing.discard(frame.pts)
            if frame.is_corrupt:
                self._concealed.add(frame.pts)
            self._interlaced |= frame.interlaced_frame
            frame.pts = last = max(frame.pts, last + 1)
            following = frame.pts + max(frame.duration, 1)
            yield frame

    def result(self, end_pts: int) -> Damage:
        """What has happened to the frames before ``end_pts``.

        The second field of an interlaced frame may be a packet of its own, and gives no frame.
        """
        lost = {
            pts
            for pts in self._missing
            if pts < end_pts and not (self._interlaced and self._is_second_field(pts))
        }
        concealed = sum(self._start_pts <= pts < end_pts for pts in self._concealed)
        return Damage(concealed, len(lost))

    def _is_second_field(self, pts: int) -> bool:
        before = self._follows.get(pts)
        return before is not None and before not in self._missing
