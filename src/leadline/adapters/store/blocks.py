"""
Hours of slices: the dense form in which they are merged, and the compressed block in which they are kept.

Layout of a block, version 0: one byte of flags (bit 0: the rest is deflated; bit 1: all 60 slices were seen; bits 2-4:
width code of the base; bits 6-7: version), one byte of width codes (bad in the low half, total in the high half), then
the mask of seen slices (8 bytes, only when not all were), the base (smallest total seen), 60 bad counts and
60 totals less the base. Absent slices are kept as zero.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.adapters.store.packing import WIDTHS, Bytes, flags_of, mask_of, packed, split, unpacked, width_codes
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Bools, Ints

_DEFLATED = 1
_FULL = 2
_VERSION_BITS = 0xC0
_ALL_SEEN = np.uint64(2**SLICES_PER_HOUR - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Dense slices of n (series, hour) pairs; pairs are unique and ascend. Where not seen, bad and total are 0."""

    series: Ints
    hours: Ints
    """Hours since the epoch."""
    bad: Ints
    """[n, 60], as `total` and `seen`."""
    total: Ints
    seen: Bools

    def __len__(self) -> int:
        return len(self.series)

    def keys(self) -> Ints:
        """One number for each pair, in the order of the pairs."""
        return pair_keys(self.series, self.hours)

    @staticmethod
    def empty(series: Ints, hours: Ints) -> Hours:
        """Pairs of which nothing was seen."""
        shape = (len(series), SLICES_PER_HOUR)
        zeros = np.zeros(shape, dtype=np.int64)
        return Hours(series, hours, zeros, zeros.copy(), np.zeros(shape, dtype=np.bool_))

    @staticmethod
    def of(series: Ints, starts: Ints, bad: Ints, total: Ints) -> Hours:
        """Slices in the order of (series, start), each pair of these at most once."""
        hours, seconds = np.divmod(starts, HOUR)
        keys = pair_keys(series, hours)
        is_first = np.ones(len(keys), dtype=np.bool_)
        is_first[1:] = keys[1:] != keys[:-1]
        rows = np.cumsum(is_first) - 1
        columns = seconds // STEP
        dense = Hours.empty(series[is_first], hours[is_first])
        dense.bad[rows, columns] = bad
        dense.total[rows, columns] = total
        dense.seen[rows, columns] = True
        return dense

    def over(self, below: Hours) -> Hours:
        """These slices laid over others of the same pairs."""
        return Hours(
            self.series,
            self.hours,
            np.where(self.seen, self.bad, below.bad),
            np.where(self.seen, self.total, below.total),
            self.seen | below.seen,
        )

    def select(self, rows: NDArray[np.intp] | Bools) -> Hours:
        return Hours(self.series[rows], self.hours[rows], self.bad[rows], self.total[rows], self.seen[rows])


def pair_keys(series: Ints, hours: Ints) -> Ints:
    """One number for each (series, hour), ascending as the pairs do; hours fit in 32 bits for 490,000 years."""
    return (series << 32) + hours


def encode(dense: Hours, *, deflate: bool = True) -> list[bytes]:
    """One block for each pair; deflating takes most of the time, and saves a third of the room."""
    masks = mask_of(dense.seen)
    is_full = masks == _ALL_SEEN
    base = np.where(dense.seen, dense.total, np.iinfo(np.int64).max).min(axis=1)
    rest = np.where(dense.seen, dense.total - base[:, None], 0)
    base_code, bad_code, rest_code = (width_codes(each) for each in (base, dense.bad.max(axis=1), rest.max(axis=1)))
    heads = np.stack([is_full * np.uint8(_FULL) | base_code << 2, bad_code | rest_code << 4], axis=1).astype(np.uint8)
    blocks: list[bytes] = [b""] * len(dense)
    for rows in _alike(heads):
        at = rows[0]
        parts = [
            heads[rows],
            packed(masks[rows, None], 0 if is_full[at] else 4),
            packed(base[rows, None], int(base_code[at])),
            packed(dense.bad[rows], int(bad_code[at])),
            packed(rest[rows], int(rest_code[at])),
        ]
        for row, raw in zip(rows.tolist(), split(np.concatenate(parts, axis=1)), strict=True):
            blocks[row] = _deflated(raw) if deflate else raw
    return blocks


def decode(series: Ints, hours: Ints, blocks: Sequence[bytes]) -> Hours:
    """
    The dense form of blocks.

    Raises:
        ValueError: a block of a version that this code does not know, or one that is damaged.
    """
    dense = Hours.empty(series, hours)
    if not blocks:
        return dense
    plain = [_inflated(block) for block in blocks]
    heads = np.frombuffer(b"".join(block[:2] for block in plain), dtype=np.uint8).reshape(-1, 2)
    if (heads[:, 0] & _VERSION_BITS).any():
        raise ValueError("a block of slices was written by a newer version")
    for rows in _alike(heads):
        joined = b"".join([plain[row] for row in rows.tolist()])
        _decode_alike(dense, rows, np.frombuffer(joined, dtype=np.uint8).reshape(len(rows), -1))
    return dense


def _decode_alike(dense: Hours, rows: NDArray[np.intp], data: Bytes) -> None:
    flags, widths = int(data[0, 0]), int(data[0, 1])
    base_code, bad_code, rest_code = flags >> 2 & 7, widths & 15, widths >> 4
    lengths = (
        0 if flags & _FULL else 8,
        WIDTHS[base_code],
        WIDTHS[bad_code] * SLICES_PER_HOUR,
        WIDTHS[rest_code] * SLICES_PER_HOUR,
    )
    cuts = np.cumsum((2, *lengths))
    masks, base, bad, rest = (data[:, cuts[at] : cuts[at + 1]] for at in range(4))
    seen = True if flags & _FULL else flags_of(unpacked(masks, 4, 1)[:, 0], SLICES_PER_HOUR)
    dense.seen[rows] = seen
    dense.bad[rows] = unpacked(bad, bad_code, SLICES_PER_HOUR)
    total = unpacked(rest, rest_code, SLICES_PER_HOUR) + unpacked(base, base_code, 1)
    dense.total[rows] = np.where(seen, total, 0)


def _alike(heads: Bytes) -> list[NDArray[np.intp]]:
    """Rows grouped by their head."""
    codes = heads[:, 0].astype(np.uint16) << 8 | heads[:, 1]
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    return np.split(order, cuts) if len(order) else []


def _deflated(raw: bytes) -> bytes:
    packed_rest = zlib.compress(raw[2:], 6, -15)
    if len(packed_rest) >= len(raw) - 2:
        return raw
    return bytes((raw[0] | _DEFLATED, raw[1])) + packed_rest


def _inflated(block: bytes) -> bytes:
    if not block[0] & _DEFLATED:
        return block
    return bytes((block[0] ^ _DEFLATED, block[1])) + zlib.decompress(block[2:], -15)
