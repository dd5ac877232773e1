"""Frames that change their size or format in mid-stream, brought to those of the first one.

A frame of another shape keeps its own between black bars. FFmpeg's scale and pad do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.filter import Graph
from av.video.frame import VideoFrame

from nhance_kit.errors import UnsupportedMedia
from nhance_kit.warned import JobWarning, WarningCode
from nhance_media.colour import FULL_RANGE
from nhance_media.samples import layout_of
from nhance_proto.v1.frame_batch_pb2 import VideoConfig

Kind = tuple[int, int, str, bool]


class Fitting:
    """For the frames of one video, whose first one's size and format ``config`` states.

    Where ``strict``, a frame that differs is refused instead.
    """

    def __init__(self, config: VideoConfig, strict: bool) -> None:
        self._config = config
        self._strict = strict
        self._layout = layout_of(config.pix_fmt)
        self._graphs: dict[Kind, Graph] = {}

    def fit(self, frame: VideoFrame) -> VideoFrame:
        """The frame as it is, or brought to the first one's size and format.

        Raises UnsupportedMedia where that is not wanted or its format is not known.
        """
        config = self._config
        same_size = (frame.width, frame.height) == (config.width, config.height)
        same_range = not (
            frame.color_range and config.color_range and frame.color_range != config.color_range
        )
        if same_size and same_range and layout_of(frame.format.name) == self._layout:
            return frame
        if self._strict:
            raise UnsupportedMedia(
                f"The video changes from {config.width}×{config.height} ({config.pix_fmt}) to "
                f"{frame.width}×{frame.height} ({frame.format.name}) in mid-stream, which `strict` "
                "refuses. Leave that out, or split the video where it changes."
            )
        kind = frame.width, frame.height, frame.format.name, frame.color_range == FULL_RANGE
        if kind not in self._graphs:
            self._graphs[kind] = self._graph(frame)
        return _through(self._graphs[kind], frame)

    def warnings(self, where: str = "") -> Iterator[JobWarning]:
        """What was changed; ``where`` goes in front."""
        for width, height, pix_fmt, _ in self._graphs:
            yield JobWarning(
                WarningCode.FRAMES_SCALED,
                f"{where}The video changes to {width}×{height} ({pix_fmt}) in mid-stream; these "
                f"frames were scaled to {self._config.width}×{self._config.height}.",
            )

    def _graph(self, frame: VideoFrame) -> Graph:
        config = self._config
        size = f"{config.width}:{config.height}"
        wanted = "full" if config.color_range == FULL_RANGE else "limited"
        graph = Graph()
        graph.threads = 1
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
        )
        scale = f"{size}:force_original_aspect_ratio=decrease:out_range={wanted}"
        graph.link_nodes(
            source,
            graph.add("scale", f"{scale}:flags=bicubic+accurate_rnd+bitexact"),
            graph.add("format", config.pix_fmt),
            graph.add("pad", f"{size}:-1:-1"),
            graph.add("buffersink"),
        ).configure()
        return graph


def _through(graph: Graph, frame: VideoFrame) -> VideoFrame:
    times = frame.pts, frame.duration, frame.time_base
    graph.vpush(frame)
    fitted = graph.vpull()
    fitted.pts, fitted.duration, time_base = times
    if time_base is not None:
        fitted.time_base = time_base
    return fitted
