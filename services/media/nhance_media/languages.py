"""The languages of tracks in MOV files, of which FFmpeg writes those alone that a Macintosh had."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path

from nhance_media.boxes import mended

CODE = re.compile("[a-z]{3}")


def set_languages(path: Path, languages: Sequence[str | None]) -> None:
    """Set the language of each track of a file in turn, where one is given (ISO 639-2/T).

    Three letters are packed into 15 bits (ISO/IEC 14496-12 §8.4.2; QuickTime reads that, too).
    """
    with mended(path) as moov:
        for trak, language in zip(moov.every(b"trak"), languages, strict=False):
            mdhd = trak.find(b"mdia", b"mdhd")
            if mdhd is None or language is None or CODE.fullmatch(language) is None:
                continue
            at = 32 if mdhd.content[0] else 20
            first, second, third = (ord(letter) - 0x60 for letter in language)
            packed = struct.pack(">H", first << 10 | second << 5 | third)
            mdhd.content = mdhd.content[:at] + packed + mdhd.content[at + 2 :]
