"""Run the enhance worker until SIGTERM."""

from __future__ import annotations

from nhance_enhance.app import create_app
from nhance_enhance.settings import EnhanceSettings
from nhance_kit.worker import serve

if __name__ == "__main__":
    settings = EnhanceSettings()
    serve(create_app(settings), settings)
