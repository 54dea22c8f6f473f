"""
Native histograms into a real Prometheus by remote write: the protocol buffers by hand, in snappy's literals.

Field numbers are those of `prompb/types.proto`; a snappy block may consist of literals alone.
"""

from __future__ import annotations

import struct
import urllib.request
from collections.abc import Iterable, Mapping, Sequence

SCHEMA = 0
"""Boundaries are the powers of two."""


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> int:
    return (number << 1) ^ (number >> 63)


def _whole(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", number)


def _inside(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _labels(labels: Mapping[str, str]) -> bytes:
    pairs = sorted(labels.items())
    return b"".join(_inside(1, _inside(1, name.encode()) + _inside(2, value.encode())) for name, value in pairs)


def sample(at: int, value: float) -> bytes:
    return _inside(2, _double(1, value) + _whole(2, at * 1000))


def histogram(at: int, counts: Sequence[int], first: int) -> bytes:
    """Counts of neighbouring buckets; bucket i holds values in (2^(i-1), 2^i]."""
    deltas = [count - before for count, before in zip(counts, [0, *counts], strict=False)]
    packed = b"".join(_varint(_zigzag(delta)) for delta in deltas)
    span = _whole(1, _zigzag(first)) + _whole(2, len(counts))
    content = (
        _whole(1, sum(counts)) + _double(3, 0.0) + _whole(4, _zigzag(SCHEMA)) + _double(5, 1e-9) + _whole(6, 0)
        + _inside(11, span) + _inside(12, packed) + _whole(15, at * 1000)
    )  # fmt: skip
    return _inside(4, content)


def series(labels: Mapping[str, str], samples: Iterable[bytes]) -> bytes:
    return _inside(1, _labels(labels) + b"".join(samples))


def _snappy(content: bytes) -> bytes:
    out = bytearray(_varint(len(content)))
    for start in range(0, len(content), 65_536):
        piece = content[start : start + 65_536]
        out += bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece
    return bytes(out)


def remote_write(url: str, *all_series: bytes) -> None:
    request = urllib.request.Request(
        f"{url}/api/v1/write",
        data=_snappy(b"".join(all_series)),
        headers={
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.status in {200, 204}
