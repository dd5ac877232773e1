"""A multipart/form-data body, parsed as it comes: no I/O, and no more of it held than the fields.

Limits keep the memory flat whatever is sent: one file, MAX_FIELDS fields, and FORM_BYTES in all
around the file: preamble, part headers, fields, boundaries and epilogue.
"""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from nhance_gateway.errors import FieldError, InvalidFields, NotMultipart
from nhance_gateway.names import UNNAMED, clean_name
from nhance_kit.errors import InvalidRequest

FILE_FIELD = "file"
MAX_FIELDS = 16
FORM_BYTES = 64 << 10


class FormReader:
    """Feed it the body, and it hands back the bytes of the file.

    ``fields`` and ``file_name`` fill up on the way; ``file_name`` is None until the file begins.
    """

    def __init__(self, content_type: str | None, *, file_required: bool = True) -> None:
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self._parser = MultipartParser(
            _boundary(content_type),
            {
                "on_part_begin": self._part_begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )
        self._file_required = file_required
        self._ended = False
        self._form_bytes = 0
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._field: str | None = None
        self._value = bytearray()
        self._pieces: list[memoryview] = []

    def feed(self, chunk: bytes) -> list[memoryview]:
        """Parse the next bytes of the body; returns what of the file is in them.

        Raises InvalidRequest.
        """
        if not self._ended and chunk:
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise InvalidRequest(f"The multipart body is broken: {error}.") from error
        pieces, self._pieces = self._pieces, []
        self._form_bytes += len(chunk) - sum(map(len, pieces))
        if self._form_bytes > FORM_BYTES:
            raise InvalidRequest(f"The form around the file is longer than {FORM_BYTES >> 10} KiB.")
        return pieces

    def finish(self) -> str:
        """The file's name; raises InvalidRequest if the body was cut off or has no file."""
        if not self._ended:
            raise InvalidRequest("The multipart body is broken: it ends before its last boundary.")
        if self.file_name is None and self._file_required:
            raise InvalidFields([FieldError(FILE_FIELD, "the video is missing")])
        return self.file_name or UNNAMED

    def _part_begin(self) -> None:
        self._disposition = b""
        self._value.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        kind, parameters = parse_options_header(self._disposition)
        name = parameters.get(b"name", b"").decode(errors="replace")
        if kind != b"form-data" or not name:
            raise InvalidRequest("The multipart body is broken: a part has no name.")
        file_name = parameters.get(b"filename")
        if name == FILE_FIELD:
            if self.file_name is not None:
                raise InvalidFields([FieldError(name, "there is more than one; send one video")])
            self.file_name = clean_name((file_name or b"").decode(errors="replace"))
            self._field = None
            return
        if file_name is not None:
            raise InvalidFields([FieldError(name, f"send the video in the field {FILE_FIELD}")])
        if name in self.fields:
            raise InvalidFields([FieldError(name, "is there more than once")])
        if len(self.fields) == MAX_FIELDS:
            raise InvalidRequest(f"There are more than {MAX_FIELDS} fields.")
        self._field = name

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._pieces.append(memoryview(data)[start:end])
        else:
            self._value.extend(data[start:end])

    def _part_end(self) -> None:
        if self._field is not None:
            try:
                self.fields[self._field] = self._value.decode()
            except UnicodeDecodeError as error:
                raise InvalidFields([FieldError(self._field, "is not UTF-8")]) from error

    def _end(self) -> None:
        self._ended = True


def _boundary(content_type: str | None) -> bytes:
    """The boundary that a Content-Type header names; raises NotMultipart or InvalidRequest."""
    kind, parameters = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise NotMultipart(f"Send multipart/form-data with the video in the field {FILE_FIELD}.")
    boundary = parameters.get(b"boundary", b"")
    if not 0 < len(boundary) <= 70:
        raise InvalidRequest("The boundary in Content-Type is missing or longer than 70 bytes.")
    return boundary
