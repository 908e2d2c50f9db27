"""Weight decay, from the formula to the experiments: the package behind the book.

Everything here minimises one objective,

    J(w, b) = 1/(2n) * ||X w + b - y||^2 + (lam/2) * ||w||^2

with X: (n, d), y: (n,), w: (d,) and a scalar b that is never penalised. The first term is the data loss
(half the mean squared error), the second the penalty; they are recorded and drawn apart.
Libraries scale the two terms differently: `wdlesson.conventions` converts.

The rooms are modules, loaded when first used: `from wdlesson import data, ridge, scratch`.
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"
__all__ = [
    "concise",
    "conventions",
    "d2l_modules",
    "data",
    "explorers",
    "groups",
    "history",
    "homework",
    "plots",
    "protocol",
    "ridge",
    "scratch",
    "sweep",
]


def __getattr__(name: str) -> ModuleType:
    """Load a room on first use, so that `import wdlesson` costs next to nothing."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
