"""
`leadline`, on a clock that lags behind and hurries until it has caught up: `python hurried.py TIMES BEGAN LAG up …`.

A lease lasts as long on that clock as ever, so it is kept as much more often.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from functools import partial

from leadline.engine import leading
from leadline.interfaces.cli import serving
from leadline.interfaces.cli.main import main


def hurried(times: float, began: float, lag: float) -> float:
    """Epoch seconds: `lag` seconds late at an instant, and so many times as fast until it is right."""
    now = time.time()
    return min(now, began - lag + (now - began) * times)


if __name__ == "__main__":
    clock = partial(hurried, *(float(each) for each in sys.argv[1:4]))
    leading.KEPT_EVERY_SECONDS /= float(sys.argv[1])
    sys.argv[1:4] = []
    serving.engine = partial(serving.engine, now=lambda: datetime.fromtimestamp(clock(), UTC))
    main()
