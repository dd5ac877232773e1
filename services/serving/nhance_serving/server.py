"""The model server put together: the repository, gRPC with its health service, and REST."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import structlog
import uvicorn
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from nhance_serving.model_service import ModelService
from nhance_serving.prediction_service import PredictionService
from nhance_serving.repository import Repository
from nhance_serving.rest import create_app
from nhance_serving.servable import Servable, Threads
from nhance_serving.settings import ServingSettings
from nhance_serving.warmup import warm_up

log = structlog.get_logger()

HEALTH_NAMES = ("", "tensorflow.serving.PredictionService", "tensorflow.serving.ModelService")


class ModelServer:
    """Starts and stops everything; usable in process, as the tests do."""

    def __init__(self, settings: ServingSettings) -> None:
        """Binds both addresses; raises OSError or RuntimeError if that is not possible."""
        self._settings = settings
        self._rest_socket = socket.create_server((settings.rest_host, settings.rest_port))
        self.rest_port = int(self._rest_socket.getsockname()[1])
        self._threads = Threads(settings.intra_op_threads, settings.inter_op_threads)
        self.repository = Repository(
            settings.model_base_path, self._load, settings.poll_s, self._serve_grpc
        )
        self._health = health.HealthServicer()
        self._grpc = self._create_grpc()
        try:
            self.grpc_port = self._grpc.add_insecure_port(settings.grpc_address)
        except RuntimeError:
            self._rest_socket.close()
            raise
        app = create_app(self.repository)
        self._rest = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._rest_thread = threading.Thread(
            target=self._rest.run, args=([self._rest_socket],), name="rest", daemon=True
        )

    def start(self) -> None:
        """Return at once; gRPC answers once the models found at the start are loaded.

        Until then connections wait, so that no early call is told, for good, that its model does
        not exist.
        """
        self._rest_thread.start()
        self.repository.start()

    def stop(self) -> None:
        """Take no new calls and give those under way ``grace_s`` seconds."""
        self._health.enter_graceful_shutdown()
        self._grpc.stop(self._settings.grace_s).wait()
        self.repository.stop()
        self._rest.should_exit = True
        self._rest_thread.join(timeout=0.5)
        self._rest_socket.close()
        log.info("model_server_stopped")

    def _create_grpc(self) -> grpc.Server:
        server = grpc.server(
            ThreadPoolExecutor(self._settings.max_concurrent_calls, thread_name_prefix="grpc"),
            options=[
                ("grpc.max_receive_message_length", -1),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),  # a second server on the port must fail, not share it
            ],
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(self.repository.registry, self._settings.tensor_content), server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            ModelService(self.repository), server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        return server

    def _load(self, name: str, version: int, path: Path) -> Servable:
        servable = Servable(name, version, path, self._threads)
        try:
            warm_up(servable, path, self._settings.warm_up_s)
        except BaseException:
            servable.close()
            raise
        return servable

    def _serve_grpc(self) -> None:
        self._grpc.start()
        for name in HEALTH_NAMES:
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        log.info("model_server_ready", grpc_address=self._settings.grpc_address)
