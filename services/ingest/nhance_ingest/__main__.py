"""Run the ingest worker until SIGTERM."""

from __future__ import annotations

from nhance_ingest.app import create_app
from nhance_kit.settings import Settings
from nhance_kit.worker import serve

if __name__ == "__main__":
    settings = Settings()
    serve(create_app(settings), settings)
