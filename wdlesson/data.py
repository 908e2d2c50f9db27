"""The problems: d2l's, one on which decay earns its keep, and one of real data."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from wdlesson import checks


@dataclass(frozen=True)
class Problem:
    """A regression problem, split into training and validation data.

    Its dtype and device decide those of everything computed from it. Where the data are made up, `w_true`, `b_true`
    and `noise_std` say how; on real data they are None.
    """

    X_train: Tensor  # (n, d)
    y_train: Tensor  # (n,)
    X_val: Tensor  # (n_val, d)
    y_val: Tensor  # (n_val,)
    w_true: Tensor | None = None  # (d,)
    b_true: float | None = None
    noise_std: float | None = None

    def __post_init__(self) -> None:
        """Check what is here, so that no training has to."""
        checks.design(self.X_train, self.y_train, ("X_train", "y_train"))
        checks.design(self.X_val, self.y_val, ("X_val", "y_val"))
        if self.X_val.shape[1] != self.d:
            raise ValueError(f"X_val has {self.X_val.shape[1]} columns; it must have {self.d}, as many as X_train")
        checks.same_place("X_train", self.X_train, "X_val", self.X_val)
        if self.w_true is not None:
            checks.vector("w_true", self.w_true, self.d)
            checks.same_place("X_train", self.X_train, "w_true", self.w_true)
        if self.b_true is not None:
            checks.finite_number("b_true", self.b_true)
        if self.noise_std is not None:
            checks.non_negative("noise_std", self.noise_std)

    @property
    def n(self) -> int:
        """The number of training examples."""
        return self.X_train.shape[0]

    @property
    def d(self) -> int:
        """The number of features."""
        return self.X_train.shape[1]


def generator(seed: int, stream: str) -> torch.Generator:
    """A random generator for one purpose.

    Data, start and batches each draw from a stream of their own. With one seed for all of them, the start `w_0` would
    repeat the first row of `X`, but for the last 16 numbers at most: both would begin with the same normal numbers.
    """
    checks.instance("stream", stream, str, "text, the name of the purpose")
    words = [checks.whole("seed", seed, least=0, most=None), *stream.encode()]
    state = np.random.SeedSequence(words).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


def d2l_problem(
    seed: int = 0,
    *,
    n: int = 20,
    n_val: int = 100,
    d: int = 200,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Problem:
    """The problem of d2l's chapter: many features, few examples, little to learn.

    y = 0.05 + sum_j 0.01 x_j + noise, with x_j ~ N(0, 1) and noise ~ N(0, 0.01^2).

    Source: Zhang, Lipton, Li, Smola, *Dive into Deep Learning*, section 3.7 (zh edition: 4.5).
    """
    w = torch.full((checks.whole("d", d, 1),), 0.01, dtype=torch.float64)
    return _linear_problem(generator(seed, "data"), n, n_val, w, 0.05, 0.01, dtype, device)


def noisy_problem(
    seed: int = 0,
    *,
    n: int = 100,
    n_val: int = 1000,
    d: int = 90,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Problem:
    """A problem on which decay earns its keep: nearly as many features as examples, and much noise.

    y = x . w + noise, with ||w|| = 1 in a random direction, x_j ~ N(0, 1) and noise ~ N(0, 1). On average over the
    draws the risk of ridge is lowest at lam = d/n, here 0.9; the page on choosing lambda has the formula and its
    condition.

    Source: Hastie, Montanari, Rosset, Tibshirani (2022), *Surprises in high-dimensional ridgeless least squares
    interpolation*.
    """
    g = generator(seed, "data")
    w = torch.randn(checks.whole("d", d, 1), generator=g, dtype=torch.float64)
    return _linear_problem(g, n, n_val, w / w.norm(), 0.0, 1.0, dtype, device)


def _linear_problem(
    g: torch.Generator,
    n: int,
    n_val: int,
    w: Tensor,
    b: float,
    noise_std: float,
    dtype: torch.dtype,
    device: torch.device | str,
) -> Problem:
    """Draw in float64 on the CPU, then cast: every dtype and device sees the same problem."""
    n, n_val = checks.whole("n", n, 1), checks.whole("n_val", n_val, 1)
    dtype, device = checks.dtype("dtype", dtype), checks.device("device", device)
    X = torch.randn(n + n_val, len(w), generator=g, dtype=torch.float64)
    y = X @ w + b + noise_std * torch.randn(n + n_val, generator=g, dtype=torch.float64)
    X, y, w = (values.to(device, dtype) for values in (X, y, w))
    return Problem(X[:n], y[:n], X[n:], y[n:], w, b, noise_std)


def diabetes_problem(
    seed: int = 0,
    *,
    n: int = 300,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Problem:
    """Real data: 442 patients, 10 features, and the progression of diabetes a year later (25 to 346).

    A random `n` of the patients train, the others validate. Features are standardised by the training patients.
    The data come with scikit-learn; nothing is downloaded.

    Source: Efron, Hastie, Johnstone, Tibshirani (2004), *Least angle regression*.
    """
    from sklearn.datasets import load_diabetes

    X, y = (torch.from_numpy(values) for values in load_diabetes(return_X_y=True, scaled=False))
    if not 2 <= checks.whole("n", n, 2) < len(y):
        raise ValueError(f"n is {n}; it must be below {len(y)}, the number of patients")
    order = torch.randperm(len(y), generator=generator(seed, "data"))
    X, y = X[order], y[order]
    std = X[:n].std(0, correction=0)
    X = (X - X[:n].mean(0)) / torch.where(std > 0, std, 1)  # few patients may be of one sex
    dtype, device = checks.dtype("dtype", dtype), checks.device("device", device)
    X, y = X.to(device, dtype), y.to(device, dtype)
    return Problem(X[:n], y[:n], X[n:], y[n:])
