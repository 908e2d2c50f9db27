"""The figures that move: one class each, drawn by the browser, on a page without a kernel and in a live notebook::

    from wdlesson import explorers

    dial = explorers.LambdaDial(lam=0.01)
    dial                                          # as the last line of a cell: shows it
    dial.lam = 1.0                                # moves it
    dial.observe(lambda change: ..., "lam")       # hears the reader move it

Here the names are loaded at once: an explorer needs torch (for its data), but matplotlib only when it draws its still.
"""

from wdlesson.explorers.decay_removes import DecayRemoves
from wdlesson.explorers.decayed_step import DecayedStep
from wdlesson.explorers.l2_or_decoupled import L2OrDecoupled
from wdlesson.explorers.lambda_dial import LambdaDial
from wdlesson.explorers.norm_ball import NormBall

__all__ = ["DecayRemoves", "DecayedStep", "L2OrDecoupled", "LambdaDial", "NormBall"]
