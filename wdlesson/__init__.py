"""Weight decay, from the formula to the experiments: the package behind the book.

Everything here minimises one objective,

    J(w, b) = 1/(2n) * ||X w + b - y||^2 + (lam/2) * ||w||^2

with X: (n, d), y: (n,), w: (d,) and a scalar b that is never penalised. The first term is the data loss
(half the mean squared error), the second the penalty; they are recorded and drawn apart.
Libraries scale the two terms differently: `wdlesson.conventions` converts.

The modules are loaded when first used: `from wdlesson import data, ridge, scratch`.
"""

import importlib
from types import ModuleType

TYPE_CHECKING = False  # type checkers take it for True; the one in `typing` costs more than all else here
if TYPE_CHECKING:
    from wdlesson import (
        concise,
        conventions,
        d2l_modules,  # noqa: F401  (not in `__all__`)
        data,
        explorers,
        groups,
        history,
        homework,
        plots,
        protocol,
        ridge,
        scratch,
        sweep,
    )

__version__ = "0.1.0"
__all__ = [
    "concise",
    "conventions",
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

# d2l is no dependency of this package, so `from wdlesson import *` leaves out the module that needs it.
_MODULES = (*__all__, "d2l_modules")

if not TYPE_CHECKING:  # or no name would be unknown to a type checker

    def __getattr__(name: str) -> ModuleType:
        """Load a module on first use, so that `import wdlesson` costs next to nothing."""
        if name in _MODULES:
            return importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """With the modules that are not loaded yet, for whoever presses tab."""
    return sorted({*globals(), *_MODULES})
