"""The exact answer: closed forms for the objective J(w, b), for all lambdas from one factorisation.

`X`: (n, d) and `y`: (n,) are torch tensors, or anything that NumPy makes an array of numbers of. Whatever comes in, the
computation is in float64; arrays come back in the kind and the dtype of `X` (float64 where `X` holds whole numbers).
Gradients pass through tensors, not through `lam`, `lr` and what comes back as a float; a `lam` or `lr` that requires
one is refused.

With the means taken off, `Xc = U diag(s) V'`, and from `fit` to `gcv` the answer is found from `s`, `n` and `lam` along
each direction of `V`. Where lam > 0, all min(n - 1, d) directions count. Where lam = 0, the answer is the least-squares
solution of the smallest norm: directions in which the data do not vary, those whose `s` is rounding error next to the
largest, get no weight.

Source: Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning*, sections 3.4.1 and 7.10.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from wdlesson import checks

# torch in, torch out; everything else comes back as NumPy. The type follows the input, so it is not spelled out.
Array = Any

# A singular value below this share of the largest is a rounding error of the decomposition, however long the data are.
ROUNDING = 32 * torch.finfo(torch.float64).eps

# A row whose distance from the span of the data, squared, is below this lies in the span.
IN_SPAN = 1e-12


def fit(X: Array, y: Array, lam: float) -> tuple[Array, Array]:
    """The minimiser of J: w of shape (d,) solves (Xc'Xc/n + lam I) w = Xc'yc/n, and b = mean(y) - mean(x) . w."""
    W, b = path(X, y, [checks.non_negative("lam", lam)])
    return W[0], b[0]


def path(X: Array, y: Array, lams: ArrayLike | Tensor) -> tuple[Array, Array]:
    """The minimiser for every lambda, from one factorisation: W of shape (k, d) and b of shape (k,)."""
    f = _factor(*_tensors(X, y))
    W = (_over_s(f, _lambdas(lams, f.s)) * f.c) @ f.Vh  # (k, r) @ (r, d)
    return _as_input(X, W), _as_input(X, f.y_mean - W @ f.x_mean)


def shrinkage(X: Array, lam: float) -> Array:
    """What is left of the least-squares answer along each singular direction: s^2 / (s^2 + n lam), (min(n - 1, d),).

    The largest `s` comes first. For lam = 0 it is 1, or 0 where the data do not vary.
    """
    return _as_input(X, _shrinkage(X, lam))


def effective_dof(X: Array, lam: float) -> float:
    """The effective degrees of freedom, the trace of the hat matrix: 1 for the bias plus the sum of the shrinkage.

    The bias counts. *The Elements of Statistical Learning*, equation 3.50, leaves it out: its df is this less 1.
    """
    return 1.0 + float(_shrinkage(X, lam).sum())


def loo(X: Array, y: Array, lams: ArrayLike | Tensor) -> Array:
    """The leave-one-out error for every lambda, in half-MSE: (k,), from one fit, with no refitting.

    Equals fitting n times without one row and predicting it, with the total penalty n*lam kept as it is. Row i's
    residual is its residual in the full fit over 1 - h_ii, with H the hat matrix (Allen's PRESS). Both are summed from
    what the shrinkage takes off, n lam / (s^2 + n lam), so that a small lambda costs no digits.
    Raises `ValueError` where some 1 - h_ii is zero: that fit passes through its points whatever they are.
    """
    f = _factor(*_tensors(X, y))
    off = _taken_off(f, _lambdas(lams, f.s))  # (k, r)
    outside = 1 - 1 / f.n - f.U.square().sum(1)  # (n,), squared distance of row i's unit vector from all directions
    outside = torch.where(outside < IN_SPAN, 0, outside)
    residual = torch.where(outside > 0, f.unseen, 0) + (off * f.c) @ f.U.T  # (k, n)
    errors = residual / _positive(outside + off @ f.U.T.square())
    return _as_input(X, errors.square().mean(1) / 2)


def gcv(X: Array, y: Array, lams: ArrayLike | Tensor) -> Array:
    """Generalised cross-validation for every lambda, in half-MSE: (k,).

    Leave-one-out with each leverage h_ii replaced by their mean, dof / n (Golub, Heath, Wahba 1979), and summed as
    `loo` is. Raises `ValueError` where dof = n: that fit passes through its points whatever they are.
    """
    f = _factor(*_tensors(X, y))
    off = _taken_off(f, _lambdas(lams, f.s))  # (k, r)
    outside = f.n - 1 - len(f.s)  # the dimensions of y that no direction reaches
    squares = (off * f.c).square().sum(1) + (f.unseen.square().sum() if outside else 0)
    return _as_input(X, squares * f.n / _positive(outside + off.sum(1)).square() / 2)


def gd_iterate(
    X: Array, y: Array, lam: float, lr: float, steps: int, w0: Array, b0: float | Tensor
) -> tuple[Array, Array]:
    """The iterate after `steps` steps of full-batch gradient descent on J from (w0, b0), in closed form.

    Along an eigenvector of the Hessian with eigenvalue h, the distance to the minimum is multiplied by 1 - lr*h at
    every step. The part of w0 that no row of X sees (its null space) has h = lam: it is multiplied by 1 - lr*lam.
    Raises `ValueError` where the iterate is beyond the range of the dtype, as after many steps that are too large.
    """
    lam, lr = checks.non_negative("lam", lam), checks.positive("lr", lr)
    steps = checks.whole("steps", steps, least=0)
    Xt, yt = _tensors(X, y)
    w, b = _double("w0", w0).to(Xt.device), _number_in("b0", b0, Xt)
    checks.vector("w0", w, Xt.shape[1])
    H, Vh = _joint_hessian(Xt, lam)
    h, Q = torch.linalg.eigh(H)
    start = torch.cat([Vh @ w, b[None]])  # (r + 1,): in the row space, with the bias last
    pull = torch.cat([Vh @ (Xt.T @ yt) / len(yt), yt.mean()[None]])
    left, reach = _geometric(h, lr, steps)
    end = Q @ (left * (Q.T @ start) + reach * (Q.T @ pull))
    null_left, _ = _geometric(h.new_tensor([lam]), lr, steps)
    w_end, b_end = Vh.T @ end[:-1] + null_left * (w - Vh.T @ (Vh @ w)), end[-1]
    if not (w_end.isfinite().all() and b_end.isfinite()):
        stable = checks.rounded_down(max_stable_lr(X, lam))
        raise ValueError(f"lr is {lr:g}; after {steps} steps the iterate is beyond float64. {stable} is stable")
    return _as_input(X, w_end), _as_input(X, b_end)


def max_stable_lr(X: Array, lam: float) -> float:
    """The learning rate above which full-batch gradient descent on J diverges, from almost every start.

    It is 2 / (the largest eigenvalue of the Hessian over w and b).
    """
    lam = checks.non_negative("lam", lam)
    H, _ = _joint_hessian(_matrix(X), lam)
    return 2 / max(float(torch.linalg.eigvalsh(H)[-1]), lam)


# ---- The Hessian over w and b ----


def _joint_hessian(X: Tensor, lam: float) -> tuple[Tensor, Tensor]:
    """The Hessian of J over (V'w, b), (r + 1, r + 1), and the row space V' of X, (r, d), with r = min(n, d)."""
    U, s, Vh = torch.linalg.svd(X, full_matrices=False)
    H = torch.diag(torch.cat([s**2 / len(X) + lam, s.new_ones(1)]))
    H[:-1, -1] = H[-1, :-1] = s * U.mean(0)
    return H, Vh


def _geometric(h: Tensor, lr: float, steps: int) -> tuple[Tensor, Tensor]:
    """(1 - lr h)^steps, and lr times the sum of the powers before it: how far a pull of 1 has got."""
    slow = (lr * h).clamp(max=0.5)
    log = steps * torch.log1p(-slow)  # keeps the digits of a small lr h
    power = torch.where(lr * h <= 0.5, log.exp(), (1 - lr * h) ** float(steps))
    flat = h.abs() <= torch.finfo(h.dtype).eps * len(h) * h.abs().max()
    covered = torch.where(lr * h <= 0.5, -torch.expm1(log), 1 - power)
    return power, torch.where(flat, lr * steps, covered / torch.where(flat, 1, h))


# ---- The centred data and their directions ----


@dataclass(frozen=True, eq=False)
class _Factored:
    """The centred data, `Xc = U diag(s) Vh`, and what the directions U see of y; r = min(n - 1, d)."""

    U: Tensor  # (n, r), orthonormal columns with mean 0
    s: Tensor  # (r,), the largest first
    Vh: Tensor  # (r, d)
    c: Tensor  # (r,), U'yc
    unseen: Tensor  # (n,), yc - U c
    x_mean: Tensor  # (d,)
    y_mean: Tensor  # ()

    @property
    def n(self) -> int:
        return len(self.unseen)


def _factor(X: Tensor, y: Tensor) -> _Factored:
    Xc, x_mean = _centred(X)
    yc, y_mean = _centred(y)
    # n centred rows have n - 1 dimensions. A reflection that takes the vector of ones to the first axis leaves the
    # other n - 1 as coordinates, so that no direction is there whose s would be 0 but for rounding.
    root = len(X) ** 0.5
    V, s, Vh = torch.linalg.svd(Xc[1:] - Xc[0] / (root + 1), full_matrices=False)
    sums = V.sum(0)
    U = torch.cat([-sums[None] / root, V - sums / (root * (root + 1))])
    c = U.T @ yc
    return _Factored(U, s, Vh, c, yc - U @ c, x_mean, y_mean)


def _centred(values: Tensor) -> tuple[Tensor, Tensor]:
    """The values less their means over the rows, in two passes; a column that does not vary becomes 0 exactly."""
    mean = values.mean(0)
    rest = (values - mean).mean(0)
    varies = (values != values[0]).any(0)
    return torch.where(varies, values - mean - rest, 0), mean + rest


def _over_s(f: _Factored, lam: Tensor) -> Tensor:
    """s / (s^2 + n lam), which takes c to the weights: (k, r)."""
    null = _null(f, lam)
    return torch.where(null, 0, f.s / torch.where(null, 1, f.s**2 + f.n * lam))


def _taken_off(f: _Factored, lam: Tensor) -> Tensor:
    """The complement of the shrinkage, n lam / (s^2 + n lam): (k, r)."""
    null = _null(f, lam)
    return torch.where(null, 1, f.n * lam / torch.where(null, 1, f.s**2 + f.n * lam))


def _null(f: _Factored, lam: Tensor) -> Tensor:
    """Where lam = 0 leaves a direction undecided, since the data do not vary along it: (k, r)."""
    largest = f.s.max() if len(f.s) else 0.0
    return (lam == 0) & (f.s <= ROUNDING * largest)


def _shrinkage(X: Array, lam: float) -> Tensor:
    Xt = _matrix(X)
    f = _factor(Xt, Xt.new_zeros(len(Xt)))
    return f.s * _over_s(f, f.s.new_tensor([[checks.non_negative("lam", lam)]]))[0]


def _positive(slack: Tensor) -> Tensor:
    """`slack`, if there is any: where there is none, no error can be estimated."""
    if slack.min() <= torch.finfo(slack.dtype).tiny:
        raise ValueError("lams has an entry so small that the fit passes through its points; leave it out")
    return slack


# ---- In and out ----


def _lambdas(lams: ArrayLike | Tensor, s: Tensor) -> Tensor:
    """The lambdas as a column, (k, 1)."""
    column = _double("lams", lams).to(s.device)
    if column.ndim != 1:
        raise ValueError(f"lams has shape {tuple(column.shape)}; it must be (k,)")
    checks.finite("lams", column)
    checks.non_negative("the smallest of lams", float(column.detach().min()))
    return column[:, None]


def _matrix(X: Array) -> Tensor:
    """X in float64, checked by itself."""
    Xt = _double("X", X)
    checks.design(Xt, Xt.new_zeros(Xt.shape[:1]))
    return Xt


def _tensors(X: Array, y: Array) -> tuple[Tensor, Tensor]:
    """X and y in float64, checked to be of one kind and to fit together."""
    if isinstance(X, Tensor) != isinstance(y, Tensor):
        raise TypeError(f"X is {checks.shown(X)} and y is {checks.shown(y)}; both must be tensors, or neither")
    if isinstance(X, Tensor) and isinstance(y, Tensor):
        checks.design(X, y)
        return _double("X", X), _double("y", y)
    Xt, yt = _double("X", X), _double("y", y)
    checks.design(Xt, yt)
    return Xt, yt


def _double(name: str, values: Array) -> Tensor:
    if isinstance(values, Tensor):
        where = "cpu" if values.device.type == "mps" else values.device  # Apple's GPUs have no float64
        return checks.tensor(name, values).to(where, torch.float64)
    return torch.from_numpy(np.array(checks.array(name, values), dtype=np.float64))


def _number_in(name: str, value: float | Tensor, like: Tensor) -> Tensor:
    checks.scalar(name, value)
    return torch.as_tensor(value, dtype=like.dtype, device=like.device)


def _as_input(X: Array, values: Tensor) -> Array:
    """The result in the kind and the dtype of X."""
    if isinstance(X, Tensor):
        result: Array = values.to(X.device, X.dtype)
        good = bool(result.isfinite().all())
    elif values.requires_grad:
        raise TypeError("lams requires a gradient, which an array cannot carry; pass tensors, or lams.detach()")
    else:
        dtype = checks.array("X", X).dtype
        with np.errstate(over="ignore"):
            result = values.cpu().numpy().astype(dtype if dtype.kind == "f" else np.float64)
        good = bool(np.isfinite(result).all())
    if not good:
        raise ValueError(f"the result is beyond the range of {result.dtype}; pass X and y scaled, or in a wider type")
    return result
