"""Bits as the syntaxes of H.264 and HEVC put them together (ITU-T H.264, §7.2 and §7.4.1)."""

from __future__ import annotations


class Bits:
    def __init__(self) -> None:
        self._bits: list[str] = []

    def u(self, width: int, value: int) -> Bits:
        self._bits.append(f"{value:0{width}b}")
        return self

    def ue(self, *values: int) -> Bits:
        for value in values:
            code = f"{value + 1:b}"
            self._bits.append("0" * (len(code) - 1) + code)
        return self

    def aligned(self) -> Bits:
        self._bits = ["".join(self._bits)]
        return self.u(-len(self._bits[0]) % 8, 0) if len(self._bits[0]) % 8 else self

    def append(self, data: bytes) -> Bits:
        self._bits.append("".join(f"{byte:08b}" for byte in data))
        return self

    def whole(self) -> bytes:
        """All bits, as many zeros after them as a byte needs."""
        bits = "".join(self.aligned()._bits)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")

    def nal(self, header: bytes) -> bytes:
        """A NAL unit, with trailing bits and emulation prevention."""
        out = bytearray(header)
        zeros = 0
        for byte in self.u(1, 1).whole():
            if zeros == 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(out)
