"""L2 against decoupled decay: what Adam does to a penalty, coordinate by coordinate."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from wdlesson.explorers.base import Explorer, Number, esm, fixed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LR, STEPS = 0.01, 400
SCALES = np.logspace(-2, 1, 13)

WORDS = {
    "title": "L2 against decoupled decay",
    "scene": "What is left of a weight of 1 after {steps} steps with lambda {lam:g}, by the size of its gradient. ",
    "nothing": "Nothing decays: both kinds leave {left}, where the first few gradients took it.",
    "left": (
        "Under AdamW it is {decoupled} at each size. Under Adam with an L2 penalty it is {least} at size {smallest:g}, "
        "{most} at size {largest:g}, and {chosen} at the chosen size of {scale:g}."
    ),
    "L2": "Adam with L2",
    "decoupled": "AdamW",
    "size": "size of the gradient",
    "weight": "weight",
    "step": "step",
    "ends": "The weight after {steps} steps",
    "paths": "The weight, gradient of size {scale:g}",
}


class L2VersusDecoupled(Explorer):
    """A weight that starts at 1, whose gradient alternates between +scale and -scale: decay alone can move it.

    Adam with the penalty in its loss divides the decay by the size of the gradient, as long as lam w is small beside
    it; AdamW does not. The learning rate is 0.01.

    Parameters
    ----------
    lam : float
        Strength of the decay, torch's `weight_decay`, from 0 to 1; 0.1 unless set.
    scale : float
        Size of the gradient, from 0.01 to 10; 0.1 unless set.

    Raises
    ------
    ValueError
        If a parameter is out of its range; the message names it and says what it may be.
    TypeError
        If a parameter is no number, or there is none of a name.
    """

    title = WORDS["title"]
    _esm = esm("l2_versus_decoupled.js")
    scale = Number(0.1, 0.01, 10)
    lam = Number(0.1, 0, 1)

    def _data(self) -> dict[str, Any]:
        return {"lr": LR, "steps": STEPS}

    def runs(self, scales: "NDArray[np.float64] | list[float]") -> dict[str, NDArray[np.float64]]:
        """The weights after every step of torch's two optimisers.

        Parameters
        ----------
        scales : list of float or ndarray of shape (k,)
            Sizes of the gradient, above 0, one for each weight.

        Returns
        -------
        dict of ndarrays of shape (steps + 1, k)
            "L2" for `torch.optim.Adam`, "decoupled" for `torch.optim.AdamW`; the start comes first.
        """
        return {
            "L2": _run(torch.optim.Adam, self.lam, scales),
            "decoupled": _run(torch.optim.AdamW, self.lam, scales),
        }

    def alt_text(self) -> str:
        """What the static picture shows, in words.

        Returns
        -------
        str
            A few sentences in plain text.
        """
        runs = self.runs([self.scale, SCALES[0], SCALES[-1]])
        l2, decoupled = ([fixed(end, 3) for end in runs[name][-1]] for name in ("L2", "decoupled"))
        scene = WORDS["scene"].format(steps=STEPS, lam=self.lam)
        if self.lam == 0:
            return scene + WORDS["nothing"].format(left=l2[0])
        left = {"decoupled": decoupled[0], "chosen": l2[0], "least": l2[1], "most": l2[2]}
        sizes = {"smallest": SCALES[0], "largest": SCALES[-1], "scale": self.scale}
        return scene + WORDS["left"].format(**left, **sizes)

    def _draw(self, figure: "Figure") -> None:
        from wdlesson import plots

        style = {"L2": (plots.VAL, "--"), "decoupled": (plots.TRAIN, "-")}
        left, right = figure.subplots(1, 2, sharey=True)
        for name, path in self.runs([*SCALES, self.scale]).items():
            color, line = style[name]
            left.plot(SCALES, path[-1, :-1], f"o{line}", color=color, markersize=3)
            right.plot(path[:, -1], line, color=color, label=WORDS[name])
        left.axvline(self.scale, color=plots.REFERENCE, linewidth=1)
        left.set(xscale="log", xlabel=WORDS["size"], ylabel=WORDS["weight"], title=WORDS["ends"].format(steps=STEPS))
        right.set(xlabel=WORDS["step"], title=WORDS["paths"].format(scale=self.scale))
        right.legend(fontsize="small")


def _run(optimizer: type[torch.optim.Adam], lam: float, scales: Any) -> NDArray[np.float64]:
    size = torch.as_tensor(np.asarray(scales), dtype=torch.float64)
    w = torch.nn.Parameter(torch.ones_like(size))
    stepper, path = optimizer([w], lr=LR, weight_decay=lam), [w.detach().clone()]
    for t in range(STEPS):
        w.grad = size * (-1) ** t
        stepper.step()
        path.append(w.detach().clone())
    return torch.stack(path).numpy()
