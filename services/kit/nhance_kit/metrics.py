"""The figures that every service exports to Prometheus at ``/metrics``."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, start_http_server

SUCCEEDED = "succeeded"

TASKS = Counter("nhance_tasks_total", "Tasks ended, by how they ended", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "nhance_task_seconds",
    "Seconds that a task ran",
    ["task"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000),
)
FRAMES = Counter("nhance_frames_total", "Frames enhanced", ["model", "version"])
BATCHES = Counter(
    "nhance_batches_total",
    "Tries of batches ended: succeeded, or the code of the error",
    ["model", "version", "outcome"],
)
QUEUE_TASKS = Gauge("nhance_queue_tasks", "Tasks in a queue, by their state", ["queue", "state"])
QUEUE_OLDEST_S = Gauge(
    "nhance_queue_oldest_due_seconds", "How long the oldest task that is due has waited", ["queue"]
)
HTTP_REQUESTS = Counter(
    "nhance_http_requests_total", "Requests answered by the gateway", ["method", "status"]
)
HTTP_SECONDS = Histogram(
    "nhance_http_answer_seconds",
    "Seconds until an answer of the gateway began, uploads included",
    ["method"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300),
)


def serve(host: str, port: int) -> None:
    """Export the figures at a port of their own, from a thread."""
    start_http_server(port, host)
