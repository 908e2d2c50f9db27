"""The exact answer: closed forms for the objective J(w, b), each from one singular value decomposition.

`X`: (n, d) and `y`: (n,) are torch tensors or anything NumPy makes an array of; results come back in the same kind.
With the means taken off, `Xc = U diag(s) V'`, and every quantity here is a function of `s`, `n` and `lam` along the
directions `V`. Directions in which the data do not vary (`s = 0`) are left out: there the penalty sets w to 0, and
for lam = 0 that choice is the least-squares solution of the smallest norm.

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


def fit(X: Array, y: Array, lam: float) -> tuple[Array, Array]:
    """The minimiser of J: w of shape (d,) solves (Xc'Xc/n + lam I) w = Xc'yc/n, and b = mean(y) - mean(x) . w."""
    W, b = path(X, y, [checks.non_negative("lam", lam)])
    return W[0], b[0]


def path(X: Array, y: Array, lams: ArrayLike | Tensor) -> tuple[Array, Array]:
    """The minimiser for every lambda, from one factorisation: W of shape (k, d) and b of shape (k,)."""
    f = _factor(*_tensors(X, y))
    lam = _lambdas(lams, f.s)
    W = (f.s * f.c / (f.s**2 + f.n * lam)) @ f.Vh  # (k, r) @ (r, d)
    return _like(X, W), _like(X, f.y_mean - W @ f.x_mean)


def shrinkage(X: Array, lam: float) -> Array:
    """What is left of the least-squares answer along each singular direction: s^2 / (s^2 + n lam), shape (r,)."""
    return _like(X, _shrinkage(_factor(*_tensors(X)), checks.non_negative("lam", lam)))


def effective_dof(X: Array, lam: float) -> float:
    """The effective degrees of freedom, the trace of the hat matrix: 1 for the bias plus the sum of the shrinkage."""
    return 1.0 + float(_shrinkage(_factor(*_tensors(X)), checks.non_negative("lam", lam)).sum())


def loo(X: Array, y: Array, lams: ArrayLike | Tensor) -> Array:
    """The leave-one-out error for every lambda, in half-MSE: (k,), from one fit, with no refitting.

    Equals fitting n times without one row and predicting it, with the total penalty n*lam kept as it is. Row i's
    residual is its residual in the full fit over 1 - h_ii, with H the hat matrix (Allen's PRESS).
    Raises `ValueError` where some 1 - h_ii is zero: that fit passes through its points whatever they are.
    """
    f = _factor(*_tensors(X, y))
    residual, kept = _residuals(f, _lambdas(lams, f.s))
    leverage = 1 / f.n + kept @ f.U.T**2  # (k, r) @ (r, n)
    _check_room_to_err("lams", 1 - leverage.max())
    return _like(X, (residual / (1 - leverage)).square().mean(1) / 2)


def gcv(X: Array, y: Array, lams: ArrayLike | Tensor) -> Array:
    """Generalised cross-validation for every lambda, in half-MSE: (k,).

    Leave-one-out with each leverage h_ii replaced by their mean, dof / n (Golub, Heath, Wahba 1979).
    """
    f = _factor(*_tensors(X, y))
    residual, kept = _residuals(f, _lambdas(lams, f.s))
    leverage = (1 + kept.sum(1)) / f.n
    _check_room_to_err("lams", 1 - leverage.max())
    return _like(X, residual.square().mean(1) / (1 - leverage) ** 2 / 2)


def gd_iterate(
    X: Array, y: Array, lam: float, lr: float, steps: int, w0: Array, b0: float | Tensor
) -> tuple[Array, Array]:
    """The iterate after `steps` steps of full-batch gradient descent on J from (w0, b0), in closed form.

    Along an eigenvector of the Hessian with eigenvalue h, the distance to the minimum is multiplied by 1 - lr*h at
    every step. The part of w0 that no row of X sees (its null space) has h = lam: it is multiplied by 1 - lr*lam.
    """
    checks.positive("lr", lr)
    checks.whole("steps", steps, least=0)
    Xt, yt = _tensors(X, y)
    w = torch.as_tensor(w0, dtype=Xt.dtype, device=Xt.device)
    b = torch.as_tensor(b0, dtype=Xt.dtype, device=Xt.device)
    checks.vector("w0", w, Xt.shape[1])
    H, Vh = _joint_hessian(Xt, lam)
    start = torch.cat([Vh @ w, b[None]])  # (r + 1,): in the row space, with the bias last
    pull = torch.cat([Vh @ (Xt.T @ yt) / len(yt), yt.mean()[None]])
    h, Q = torch.linalg.eigh(H)
    decay = (1 - lr * h) ** steps
    flat = h.abs() <= torch.finfo(h.dtype).eps * len(h) * h.max()
    reach = torch.where(flat, lr * steps, (1 - decay) / torch.where(flat, 1, h))
    end = Q @ (decay * (Q.T @ start) + reach * (Q.T @ pull))
    unseen = w - Vh.T @ (Vh @ w)
    return _like(X, Vh.T @ end[:-1] + (1 - lr * lam) ** steps * unseen), _like(X, end[-1])


def max_stable_lr(X: Array, lam: float) -> float:
    """The learning rate above which full-batch gradient descent on J diverges: 2 / (largest Hessian eigenvalue)."""
    H, _ = _joint_hessian(_tensors(X)[0], lam)
    return 2 / max(float(torch.linalg.eigvalsh(H)[-1]), lam)


def _joint_hessian(X: Tensor, lam: float) -> tuple[Tensor, Tensor]:
    """The Hessian of J over (V'w, b), (r + 1, r + 1), and the row space V' of X, (r, d)."""
    checks.non_negative("lam", lam)
    U, s, Vh = _svd(X)
    cross = s * U.mean(0)
    H = torch.diag(torch.cat([s**2 / len(X) + lam, s.new_ones(1)]))
    H[:-1, -1] = H[-1, :-1] = cross
    return H, Vh


@dataclass(frozen=True)
class _Factored:
    """The centred data, `Xc = U diag(s) Vh` and `c = U'yc`, without directions of no variance."""

    U: Tensor  # (n, r)
    s: Tensor  # (r,)
    Vh: Tensor  # (r, d)
    c: Tensor  # (r,)
    yc: Tensor  # (n,)
    x_mean: Tensor  # (d,)
    y_mean: Tensor  # ()

    @property
    def n(self) -> int:
        return len(self.yc)


def _factor(X: Tensor, y: Tensor) -> _Factored:
    x_mean, y_mean = X.mean(0), y.mean()
    U, s, Vh = _svd(X - x_mean, scale=float(x_mean.norm()) * len(X) ** 0.5)
    return _Factored(U, s, Vh, U.T @ (y - y_mean), y - y_mean, x_mean, y_mean)


def _svd(X: Tensor, scale: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """The thin SVD of X, cut to its numerical rank: the cut-off of `numpy.linalg.matrix_rank`.

    `scale` is the size of what was subtracted to get X, whose rounding errors must not count as signal either.
    """
    U, s, Vh = torch.linalg.svd(X, full_matrices=False)
    rank = int((s > max(float(s[0]), scale) * max(X.shape) * torch.finfo(X.dtype).eps).sum())
    return U[:, :rank], s[:rank], Vh[:rank]


def _shrinkage(f: _Factored, lam: Tensor | float) -> Tensor:
    return f.s**2 / (f.s**2 + f.n * lam)  # (r,) for one lambda, (k, r) for a column of them


def _residuals(f: _Factored, lam: Tensor) -> tuple[Tensor, Tensor]:
    """The residuals of every fit, (k, n), and its shrinkage, (k, r)."""
    kept = _shrinkage(f, lam)
    return f.yc - (kept * f.c) @ f.U.T, kept


def _check_room_to_err(name: str, slack: Tensor) -> None:
    if slack <= 10 * torch.finfo(slack.dtype).eps:
        raise ValueError(f"{name} has an entry so small that the fit passes through its points; leave it out")


def _lambdas(lams: ArrayLike | Tensor, s: Tensor) -> Tensor:
    """The lambdas as a column, (k, 1)."""
    column = torch.as_tensor(lams, dtype=s.dtype, device=s.device)
    if column.ndim != 1:
        raise ValueError(f"lams has shape {tuple(column.shape)}; it must be (k,)")
    checks.finite("lams", column)
    checks.non_negative("the smallest of lams", float(column.min()))
    return column[:, None]


def _tensors(X: Array, y: Array | None = None) -> tuple[Tensor, Tensor]:
    Xt = _tensor(X)
    yt = Xt.new_zeros(len(Xt)) if y is None else _tensor(y)
    checks.design(Xt, yt)
    return Xt, yt


def _tensor(values: Array) -> Tensor:
    return values if isinstance(values, Tensor) else torch.from_numpy(np.array(values, dtype=np.float64))


def _like(example: Array, values: Tensor) -> Array:
    return values if isinstance(example, Tensor) else values.numpy()
