"""Bring the database that ``NHANCE_DATABASE_URL`` names up to date."""

from __future__ import annotations

from nhance_kit.migrations import upgrade
from nhance_kit.settings import Settings

if __name__ == "__main__":
    upgrade(Settings().database_url)
