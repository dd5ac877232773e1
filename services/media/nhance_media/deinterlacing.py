"""Field-coded video as whole frames, one for each: FFmpeg's bwdif, which looks one frame around.

Its result for a frame depends on the frame before and the one after, and on nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.filter import Graph
from av.video.frame import VideoFrame

# Frames that are not flagged as interlaced pass through it as they are. It refuses smaller planes.
BWDIF = "mode=send_frame:parity=auto:deint=interlaced"
LEAST_SIZE = 16
Kind = tuple[int, int, str]


def deinterlaced(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """The frames, with their own times; one is held back."""
    run: _Run | None = None
    for frame in frames:
        if run is not None and run.kind != _kind(frame):
            yield from run.finish()
            run = None
        if run is None:
            run = _Run(_kind(frame))
        yield from run.push(frame)
    if run is not None:
        yield from run.finish()


class _Run:
    """Frames of one size and format."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._times: deque[tuple[int | None, int, Fraction | None]] = deque()
        self._graph: Graph | None = None
        self._before: VideoFrame | None = None
        self._pushed = 0

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        if self._graph is None and frame.interlaced_frame and min(self.kind[:2]) >= LEAST_SIZE:
            self._graph = _graph(frame)
            if self._before is not None:
                yield from self._through(self._before)
            self._before = None
        if self._graph is not None:
            yield from self._through(frame)
        else:
            if self._before is not None:
                yield self._before
            self._before = frame

    def finish(self) -> Iterator[VideoFrame]:
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._pulled()
        elif self._before is not None:
            yield self._before

    def _through(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        assert self._graph is not None
        self._times.append((frame.pts, frame.duration, frame.time_base))
        frame.pts, frame.time_base = self._pushed, Fraction(1)
        self._pushed += 1
        self._graph.vpush(frame)
        yield from self._pulled()

    def _pulled(self) -> Iterator[VideoFrame]:
        assert self._graph is not None
        while True:
            try:
                frame = self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            frame.pts, frame.duration, time_base = self._times.popleft()
            if time_base is not None:
                frame.time_base = time_base
            yield frame


def _kind(frame: VideoFrame) -> Kind:
    return frame.width, frame.height, frame.format.name


def _graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
    )
    graph.link_nodes(source, graph.add("bwdif", BWDIF), graph.add("buffersink")).configure()
    return graph
