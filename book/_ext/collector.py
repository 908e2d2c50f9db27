"""Python's collector looks less often for objects that nothing needs any more.

By default it does at every 700th new object, and at every 2,000th in newer Pythons. A build makes millions, and most of
them stay: where no cell has to run, this saves a fifth of its time, for 3 % more memory.
"""

import gc

from sphinx.application import Sphinx

THRESHOLD = (100_000, 50, 100)


def setup(app: Sphinx) -> dict[str, bool]:
    gc.set_threshold(*THRESHOLD)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
