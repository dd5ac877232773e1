"""Run the mux worker until SIGTERM."""

from __future__ import annotations

from nhance_kit.settings import Settings
from nhance_kit.worker import serve
from nhance_mux.app import create_app

if __name__ == "__main__":
    settings = Settings()
    serve(create_app(settings), settings)
