"""
Rows of non-negative integers as bytes: as narrow as the widest number of the row, and vectorised over rows.

A row's width is 0 (all zero), 1, 2, 4 or 8 bytes a number, named by a code 0 to 4. Bytes of one significance stand
together, so that the nearly constant high bytes of a row compress well. Leaves out what the numbers mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

WIDTHS = (0, 1, 2, 4, 8)
_LIMITS = np.array([0, 2**8 - 1, 2**16 - 1, 2**32 - 1], dtype=np.uint64)


def width_codes(largest: NDArray[Any]) -> Bytes:
    """Code of the narrowest width that holds each number."""
    return np.searchsorted(_LIMITS, largest.astype(np.uint64)).astype(np.uint8)


def packed(rows: NDArray[Any], code: int) -> Bytes:
    """Rows [n, k] as bytes [n, k * width], least significant bytes of the row first."""
    width = WIDTHS[code]
    count, length = rows.shape
    if not width:
        return np.empty((count, 0), dtype=np.uint8)
    narrow = np.ascontiguousarray(rows, dtype=f"<u{width}")
    planes = narrow.view(np.uint8).reshape(count, length, width)
    return np.ascontiguousarray(planes.transpose(0, 2, 1)).reshape(count, length * width)


def unpacked(data: Bytes, code: int, length: int) -> NDArray[np.uint64]:
    """The rows that `packed` wrote, [n, length]."""
    width = WIDTHS[code]
    count = len(data)
    if not width:
        return np.zeros((count, length), dtype=np.uint64)
    planes = np.ascontiguousarray(data.reshape(count, width, length).transpose(0, 2, 1))
    return planes.view(f"<u{width}").reshape(count, length).astype(np.uint64)


def split(joined: Bytes) -> list[bytes]:
    """Each row of a matrix of bytes as an object of its own."""
    count, length = joined.shape
    data = joined.tobytes()
    return [data[at * length : (at + 1) * length] for at in range(count)]


def mask_of(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Flags [n, 60] as a bit mask for each row, bit i standing for column i."""
    padded = np.zeros((len(flags), 64), dtype=np.bool_)
    padded[:, : flags.shape[1]] = flags
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").reshape(len(flags)).astype(np.uint64)


def flags_of(masks: NDArray[np.uint64], length: int) -> NDArray[np.bool_]:
    """The flags [n, length] that `mask_of` wrote."""
    as_bytes = np.ascontiguousarray(masks, dtype="<u8").view(np.uint8).reshape(len(masks), 8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little")[:, :length].astype(np.bool_)
