"""The code in a page of documentation, to be run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

ADDRESS = "http://127.0.0.1:8000"


def snippets(page: Path, language: str, url: str) -> list[str]:
    """The fenced blocks in a language, with the address of a running stack in them."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [str(block).replace(ADDRESS, url) for block in found]
