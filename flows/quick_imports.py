"""Heavy imports made quick."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import without the garbage collector, half a second less for an audit; what was imported stays, and is not looked at again.

    Hypothesis, where it is installed, is not there meanwhile: Pandera would import it in 0.2 s, to make up data.
    """
    gc.disable()
    hidden = sys.modules.setdefault("hypothesis", None) is None
    try:
        yield
    finally:
        if hidden:
            del sys.modules["hypothesis"]
        gc.enable()
        gc.freeze()
