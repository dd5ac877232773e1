"""Decodes, enhances and encodes one frame batch at a time."""
