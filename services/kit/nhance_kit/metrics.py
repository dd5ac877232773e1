"""The figures that every service exports to Prometheus at ``/metrics``."""

from __future__ import annotations

from prometheus_client import Counter, Histogram, start_http_server

TASKS = Counter("nhance_tasks_total", "Tasks ended, by how they ended", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "nhance_task_seconds",
    "Seconds that a task ran",
    ["task"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000),
)
FRAMES = Counter("nhance_frames_total", "Frames enhanced", ["model"])


def serve(host: str, port: int) -> None:
    """Export the figures at a port of their own, from a thread."""
    start_http_server(port, host)
