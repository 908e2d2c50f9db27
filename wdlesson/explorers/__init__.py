"""The figures that move: one class each.

The browser draws them, on a page without a kernel and in a live notebook::

    from wdlesson import explorers

    dial = explorers.LambdaDial(lam=0.01)
    dial                                          # as the last line of a cell: shows it
    dial.lam = 1.0                                # moves it
    dial.observe(lambda change: ..., "lam")       # hears the reader move it

Here the names are loaded at once: an explorer needs torch (for its data), but matplotlib only for its static picture.
"""

from wdlesson.explorers.decayed_step import DecayedStep
from wdlesson.explorers.hidden_data import HiddenData
from wdlesson.explorers.l2_versus_decoupled import L2VersusDecoupled
from wdlesson.explorers.lambda_dial import LambdaDial
from wdlesson.explorers.norm_ball import NormBall
from wdlesson.explorers.norm_decomposition import NormDecomposition
from wdlesson.explorers.optimizer_balls import OptimizerBalls
from wdlesson.explorers.risk_peak import RiskPeak
from wdlesson.explorers.stopped_or_decayed import StoppedOrDecayed
from wdlesson.explorers.training import Training

__all__ = [
    "DecayedStep",
    "HiddenData",
    "L2VersusDecoupled",
    "LambdaDial",
    "NormBall",
    "NormDecomposition",
    "OptimizerBalls",
    "RiskPeak",
    "StoppedOrDecayed",
    "Training",
]
