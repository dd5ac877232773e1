"""``python -m nhance_local`` is the command ``nhance``."""

from __future__ import annotations

from nhance_local.cli import app

if __name__ == "__main__":
    app()
