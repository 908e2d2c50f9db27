"""One lambda, several libraries: the same minimiser under each one's scaling of the two terms."""

from dataclasses import dataclass

from wdlesson import checks


@dataclass(frozen=True)
class Convention:
    """How one library scales the objective, and its coefficient as a multiple of ours."""

    name: str
    objective: str  # in the coefficient c, with r = X w + b - y
    meaning: str
    multiple: float  # c = multiple * lam, or multiple * n * lam
    per_example: bool = False  # whether n comes in

    def factor(self, n: int | None) -> float:
        """c / lam."""
        if not self.per_example:
            return self.multiple
        if n is None:
            raise ValueError(f"n is None; {self.name!r} sums over the examples, so n must be their number")
        return self.multiple * checks.whole("n", n, least=1)


CONVENTIONS = {
    convention.name: convention
    for convention in (
        Convention("half-mse", "||r||^2 / (2n) + c/2 ||w||^2", "this book; torch SGD weight_decay on half-MSE", 1),
        Convention("mse", "||r||^2 / n + c ||w||^2", "mean squared error plus c times the squared norm", 1),
        Convention("sum-of-squares", "||r||^2 / 2 + c/2 ||w||^2", "half the summed squares", 1, True),
        Convention("torch", "||r||^2 / n + c/2 ||w||^2", "torch SGD weight_decay on nn.MSELoss", 2),
        Convention("sklearn", "||r||^2 + c ||w||^2", "scikit-learn Ridge(alpha)", 1, True),
        Convention("keras", "||r||^2 / n + c ||w||^2", "Keras L2(l2) with loss 'mse'", 1),
        Convention("fastai", "||r||^2 / n + c/2 ||w||^2", "fastai wd with SGD and MSELossFlat", 2),
    )
}


def convert(value: float, *, source: str, target: str, n: int | None = None) -> float:
    """The coefficient that in the convention `target` gives the minimiser that `value` gives in `source`.

    Parameters
    ----------
    value
        The coefficient in the source convention, 0 or more.
    source, target
        Names in `CONVENTIONS`: half-mse, mse, sum-of-squares, torch, sklearn, keras, fastai.
    n
        The number of examples; needed where one of the two sums over examples rather than averaging.

    Raises
    ------
    ValueError
        For a name that is not known, a missing `n`, or a value out of range.

    Examples
    --------
    >>> convert(3.0, source="half-mse", target="sklearn", n=20)
    60.0
    """
    value = checks.non_negative("value", value)
    if n is not None:
        checks.whole("n", n, least=1)
    return value * _named("target", target).factor(n) / _named("source", source).factor(n)


def _named(argument: str, name: str) -> Convention:
    if not isinstance(name, str) or name not in CONVENTIONS:
        raise ValueError(f"{argument} is {checks.shown(name)}; it must be one of {', '.join(CONVENTIONS)}")
    return CONVENTIONS[name]
