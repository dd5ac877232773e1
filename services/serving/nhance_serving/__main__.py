"""``python -m nhance_serving``: run the model server until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from nhance_kit import logs
from nhance_kit.allocator import keep_freed_memory
from nhance_serving.settings import ServingSettings


def main() -> None:
    """Settings come from the environment; see ``settings.py``."""
    keep_freed_memory()
    settings = ServingSettings()  # from the environment
    logs.configure("serving", settings.log_format, settings.log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())

    # All must be in place before TensorFlow is imported, which takes seconds.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # On a GPU, else, cuDNN's algorithms are chosen by their time: another process, other bytes.
    os.environ.setdefault("TF_CUDNN_USE_AUTOTUNE", "0")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    from nhance_serving.server import ModelServer

    server = ModelServer(settings)
    server.start()
    stopped.wait()
    server.stop()
    logging.shutdown()
    sys.stdout.flush()
    # A call or a load that outlasts its grace cannot be interrupted, and a normal exit would wait
    # for its thread.
    os._exit(0)


if __name__ == "__main__":
    main()
