"""
Days of hourly sums: what stands beside the blocks, so that months of hours are read without opening one of them.

Layout, version 0: one byte of flags (bit 0: every slice was seen; bit 1: every slice seen had traffic; bits 6-7:
version), one byte of width codes (bad, total), the masks that the flags do not tell, then 24 sums of bad and of total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.adapters.store.blocks import Hours
from leadline.adapters.store.packing import WIDTHS, mask_of, packed, split, unpacked, width_codes
from leadline.core.slices import SLICES_PER_HOUR, Ints

HOURS_PER_DAY = 24
_ALL_SEEN = 1
_ALL_TRAFFIC = 2
_VERSION_BITS = 0xC0
_FULL_HOUR = np.uint64(2**SLICES_PER_HOUR - 1)

Masks = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums of some hours: equally shaped arrays; masks have bit i for slice i."""

    bad: Ints
    total: Ints
    seen: Masks
    traffic: Masks

    @staticmethod
    def zeros(shape: tuple[int, ...]) -> Sums:
        ints = np.zeros(shape, dtype=np.int64)
        masks = np.zeros(shape, dtype=np.uint64)
        return Sums(ints, ints.copy(), masks, masks.copy())

    @staticmethod
    def of(dense: Hours) -> Sums:
        return Sums(dense.bad.sum(axis=1), dense.total.sum(axis=1), mask_of(dense.seen), mask_of(dense.total > 0))

    def flat(self, first: int, end: int) -> Sums:
        """Hours [first, end) of each row, whose days stand one after the other."""
        rows = len(self.bad)
        bad, total = (part.reshape(rows, -1)[:, first:end] for part in (self.bad, self.total))
        seen, traffic = (part.reshape(rows, -1)[:, first:end] for part in (self.seen, self.traffic))
        return Sums(bad, total, seen, traffic)

    def put(self, where: tuple[NDArray[np.intp], ...], sums: Sums) -> None:
        """Replace the elements at `where`."""
        for name in ("bad", "total", "seen", "traffic"):
            getattr(self, name)[where] = getattr(sums, name)


def encode_days(sums: Sums) -> list[bytes]:
    """One payload for each row of 24 hours."""
    all_seen = (sums.seen == _FULL_HOUR).all(axis=1)
    all_traffic = (sums.traffic == sums.seen).all(axis=1)
    bad_code, total_code = width_codes(sums.bad.max(axis=1)), width_codes(sums.total.max(axis=1))
    flags = all_seen * np.uint8(_ALL_SEEN) | all_traffic * np.uint8(_ALL_TRAFFIC)
    heads = np.stack([flags, bad_code | total_code << 4], axis=1).astype(np.uint8)
    payloads: list[bytes] = [b""] * len(heads)
    for rows in _alike(heads):
        at = rows[0]
        parts = [
            heads[rows],
            packed(sums.seen[rows], 0 if all_seen[at] else 4),
            packed(sums.traffic[rows], 0 if all_traffic[at] else 4),
            packed(sums.bad[rows], int(bad_code[at])),
            packed(sums.total[rows], int(total_code[at])),
        ]
        for row, payload in zip(rows.tolist(), split(np.concatenate(parts, axis=1)), strict=True):
            payloads[row] = payload
    return payloads


def decode_days(payloads: Sequence[bytes]) -> Sums:
    """
    Sums [n, 24] of n payloads.

    Raises:
        ValueError: a payload of a version that this code does not know, or one that is damaged.
    """
    sums = Sums.zeros((len(payloads), HOURS_PER_DAY))
    if not payloads:
        return sums
    heads = np.frombuffer(b"".join([payload[:2] for payload in payloads]), dtype=np.uint8).reshape(-1, 2)
    if (heads[:, 0] & _VERSION_BITS).any():
        raise ValueError("hourly sums were written by a newer version")
    for rows in _alike(heads):
        flags, widths = int(heads[rows[0], 0]), int(heads[rows[0], 1])
        joined = b"".join([payloads[row] for row in rows.tolist()])
        data = np.frombuffer(joined, dtype=np.uint8).reshape(len(rows), -1)
        codes = (0 if flags & _ALL_SEEN else 4, 0 if flags & _ALL_TRAFFIC else 4, widths & 15, widths >> 4)
        cuts = np.cumsum((2, *(WIDTHS[code] * HOURS_PER_DAY for code in codes)))
        seen, traffic, bad, total = (
            unpacked(data[:, cuts[at] : cuts[at + 1]], code, HOURS_PER_DAY) for at, code in enumerate(codes)
        )
        sums.seen[rows] = seen = np.full_like(seen, _FULL_HOUR) if flags & _ALL_SEEN else seen
        sums.traffic[rows] = seen if flags & _ALL_TRAFFIC else traffic
        sums.bad[rows], sums.total[rows] = bad, total
    return sums


def _alike(heads: NDArray[np.uint8]) -> list[NDArray[np.intp]]:
    codes = heads[:, 0].astype(np.uint16) << 8 | heads[:, 1]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
