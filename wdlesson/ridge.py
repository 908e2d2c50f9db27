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
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from wdlesson import checks

Array = Any  # a tensor, or anything that NumPy makes an array of numbers of

# A singular value below this share of the largest is a rounding error of the decomposition, however long the data are.
ROUNDING = 32 * torch.finfo(torch.float64).eps

# A row whose distance from the span of the data, squared, is below this lies in the span.
IN_SPAN = 1e-12


@overload
def fit(X: Tensor, y: Tensor, lam: float) -> tuple[Tensor, Tensor]: ...
@overload
def fit(X: ArrayLike, y: ArrayLike, lam: float) -> tuple[NDArray[Any], np.floating[Any]]: ...
def fit(X: Array, y: Array, lam: float) -> tuple[Array, Array]:
    """The minimiser of J.

    Parameters
    ----------
    X : array_like or Tensor of shape (n, d)
        The features.
    y : array_like or Tensor of shape (n,)
        The targets; a tensor if and only if `X` is one.
    lam : float
        Lambda, 0 or more. For 0, the least-squares solution of the smallest norm.

    Returns
    -------
    w : array or Tensor of shape (d,)
        The weights, which solve (Xc'Xc/n + lam I) w = Xc'yc/n with the centred Xc, yc.
    b : NumPy float or Tensor of shape ()
        The bias, mean(y) - mean(x) . w. Both are of the kind and the dtype of `X`.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes, dtypes or devices don't fit, an entry isn't finite, `lam` is negative, or the result is beyond the
        range of the dtype.

    Notes
    -----
    Equation 3.44 of *The Elements of Statistical Learning*, whose lambda is our n lam, on centred data (section 3.4.1).

    Examples
    --------
    >>> from wdlesson import ridge
    >>> w, b = ridge.fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0], lam=2 / 3)
    >>> w.round(6), round(float(b), 6)
    (array([0.5]), 1.5)
    """
    W, b = path(X, y, [checks.non_negative("lam", lam)])
    return W[0], b[0]


@overload
def path(X: Tensor, y: Tensor, lams: ArrayLike | Tensor) -> tuple[Tensor, Tensor]: ...
@overload
def path(X: ArrayLike, y: ArrayLike, lams: ArrayLike | Tensor) -> tuple[NDArray[Any], NDArray[Any]]: ...
def path(X: Array, y: Array, lams: ArrayLike | Tensor) -> tuple[Array, Array]:
    """The minimiser of J for every lambda, from one factorisation.

    Parameters
    ----------
    X, y : array_like or Tensor
        The data, as for `fit`.
    lams : array_like or Tensor of shape (k,)
        The lambdas, 0 or more, in any order.

    Returns
    -------
    W : array or Tensor of shape (k, d)
        The weights, a row for each lambda.
    b : array or Tensor of shape (k,)
        The biases.

    Raises
    ------
    TypeError, ValueError
        As for `fit`.

    Notes
    -----
    Equation 3.47 of *The Elements of Statistical Learning*, whose lambda is our n lam.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> W, b = ridge.path([[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0], lams=[0.0, 2 / 3])
    >>> W.round(6).tolist(), b.round(6).tolist()
    ([[1.0], [0.5]], [1.0, 1.5])
    """
    f = _factor(*_tensors(X, y))
    W = (_over_s(f, _lambdas(lams, f.s)) * f.c) @ f.Vh  # (k, r) @ (r, d)
    return _as_input(X, W), _as_input(X, f.y_mean - W @ f.x_mean)


@overload
def shrinkage(X: Tensor, lam: float) -> Tensor: ...
@overload
def shrinkage(X: ArrayLike, lam: float) -> NDArray[Any]: ...
def shrinkage(X: Array, lam: float) -> Array:
    """What is left of the least-squares answer along each singular direction of the centred data.

    Parameters
    ----------
    X : array_like or Tensor of shape (n, d)
        The features.
    lam : float
        Lambda, 0 or more.

    Returns
    -------
    array or Tensor of shape (min(n - 1, d),)
        s^2 / (s^2 + n lam), between 0 and 1, the direction of the largest singular value s first. For lam = 0 it is
        1, or 0 where the data do not vary.

    Raises
    ------
    TypeError, ValueError
        As for `fit`.

    Notes
    -----
    The factors of equation 3.47 of *The Elements of Statistical Learning*, whose lambda is our n lam.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> ridge.shrinkage([[0.0], [1.0], [2.0]], lam=2 / 3).round(6)
    array([0.5])
    """
    return _as_input(X, _shrinkage(X, lam))


def effective_dof(X: ArrayLike | Tensor, lam: float, *, intercept: bool = True) -> float:
    """The effective degrees of freedom of the fit, the trace of the hat matrix. The bias counts, unless told.

    Parameters
    ----------
    X : array_like or Tensor of shape (n, d)
        The features.
    lam : float
        Lambda, 0 or more.
    intercept : bool, optional
        Whether the bias counts, as 1. *The Elements of Statistical Learning* leaves it out.

    Returns
    -------
    float
        The sum of the shrinkage, and 1 for the bias.

    Raises
    ------
    TypeError, ValueError
        As for `fit`.

    Notes
    -----
    Equation 3.50 of *The Elements of Statistical Learning* is the sum alone; its lambda is our n lam.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> X = [[0.0], [1.0], [2.0]]
    >>> round(ridge.effective_dof(X, lam=2 / 3), 6), round(ridge.effective_dof(X, lam=2 / 3, intercept=False), 6)
    (1.5, 0.5)
    """
    checks.instance("intercept", intercept, bool, "True or False")
    return float(intercept) + float(_shrinkage(X, lam).sum())


@overload
def loo(X: Tensor, y: Tensor, lams: ArrayLike | Tensor) -> Tensor: ...
@overload
def loo(X: ArrayLike, y: ArrayLike, lams: ArrayLike | Tensor) -> NDArray[Any]: ...
def loo(X: Array, y: Array, lams: ArrayLike | Tensor) -> Array:
    """The leave-one-out error for every lambda, in half-MSE, from one fit and with no refitting.

    Parameters
    ----------
    X, y : array_like or Tensor
        The data, as for `fit`.
    lams : array_like or Tensor of shape (k,)
        The lambdas, 0 or more.

    Returns
    -------
    array or Tensor of shape (k,)
        For each lambda the mean over the rows of half the squared error in predicting that row from the others. Each
        of these n fits has the total penalty n lam of the full fit.

    Raises
    ------
    TypeError
        As for `fit`.
    ValueError
        As for `fit`, and where a fit passes through one of its points whatever that is: some 1 - h_ii is zero.

    Notes
    -----
    Row i's residual is its residual in the full fit over 1 - h_ii, with H the hat matrix: Allen's PRESS (1974),
    equation 7.51 of *The Elements of Statistical Learning*. Both are summed from what the shrinkage takes off,
    n lam / (s^2 + n lam), so that a small lambda costs no digits.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> ridge.loo([[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0], lams=[2 / 3]).round(6)
    array([0.48])
    """
    f = _factor(*_tensors(X, y))
    off = _taken_off(f, _lambdas(lams, f.s))  # (k, r)
    outside = 1 - 1 / f.n - f.U.square().sum(1)  # (n,), squared distance of row i's unit vector from all directions
    outside = torch.where(outside < IN_SPAN, 0, outside)
    residual = torch.where(outside > 0, f.unseen, 0) + (off * f.c) @ f.U.T  # (k, n)
    errors = residual / _not_interpolating(outside + off @ f.U.T.square())
    return _as_input(X, errors.square().mean(1) / 2)


@overload
def gcv(X: Tensor, y: Tensor, lams: ArrayLike | Tensor) -> Tensor: ...
@overload
def gcv(X: ArrayLike, y: ArrayLike, lams: ArrayLike | Tensor) -> NDArray[Any]: ...
def gcv(X: Array, y: Array, lams: ArrayLike | Tensor) -> Array:
    """The generalised cross-validation error for every lambda, in half-MSE.

    Parameters
    ----------
    X, y : array_like or Tensor
        The data, as for `fit`.
    lams : array_like or Tensor of shape (k,)
        The lambdas, 0 or more.

    Returns
    -------
    array or Tensor of shape (k,)
        For each lambda the leave-one-out error with each h_ii replaced by their mean, `effective_dof` / n.

    Raises
    ------
    TypeError
        As for `fit`.
    ValueError
        As for `fit`, and where the degrees of freedom are n: that fit passes through its points whatever they are.

    Notes
    -----
    Golub, Heath, Wahba (1979); equation 7.52 of *The Elements of Statistical Learning*. Summed as `loo` is.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> ridge.gcv([[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0], lams=[2 / 3]).round(6)
    array([0.333333])
    """
    f = _factor(*_tensors(X, y))
    off = _taken_off(f, _lambdas(lams, f.s))  # (k, r)
    outside = f.n - 1 - len(f.s)  # the dimensions of y that no direction reaches
    squares = (off * f.c).square().sum(1) + (f.unseen.square().sum() if outside else 0)
    return _as_input(X, squares * f.n / _not_interpolating(outside + off.sum(1)).square() / 2)


@overload
def gd_iterate(
    X: Tensor, y: Tensor, lam: float, lr: float, steps: int, w0: ArrayLike | Tensor, b0: float | Tensor
) -> tuple[Tensor, Tensor]: ...
@overload
def gd_iterate(
    X: ArrayLike, y: ArrayLike, lam: float, lr: float, steps: int, w0: ArrayLike | Tensor, b0: float | Tensor
) -> tuple[NDArray[Any], np.floating[Any]]: ...
def gd_iterate(
    X: Array, y: Array, lam: float, lr: float, steps: int, w0: ArrayLike | Tensor, b0: float | Tensor
) -> tuple[Array, Array]:
    """The iterate of full-batch gradient descent on J after any number of steps, in closed form.

    Parameters
    ----------
    X, y : array_like or Tensor
        The data, as for `fit`.
    lam : float
        Lambda, 0 or more.
    lr : float
        The learning rate, above 0.
    steps : int
        How many steps, 0 or more. Their number costs nothing.
    w0 : array_like or Tensor of shape (d,)
        The weights at the start.
    b0 : float or Tensor of shape ()
        The bias at the start.

    Returns
    -------
    w : array or Tensor of shape (d,)
        The weights after the last step.
    b : NumPy float or Tensor of shape ()
        The bias. Both are of the kind and the dtype of `X`.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        As for `fit`, and where the iterate is beyond the range of the dtype, as after many steps that are too large.

    Notes
    -----
    Along an eigenvector of the Hessian with eigenvalue h, the distance to the minimum is multiplied by 1 - lr h at
    every step. The part of w0 that no row of X sees (its null space) has h = lam: it is multiplied by 1 - lr lam.
    Source: Goodfellow, Bengio, Courville, *Deep Learning*, section 7.8, there without a penalty and without a bias.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> w, b = ridge.gd_iterate([[-1.0], [1.0]], [0.0, 2.0], lam=1.0, lr=0.25, steps=1, w0=[0.0], b0=0.0)
    >>> w.round(6), round(float(b), 6)
    (array([0.25]), 0.25)
    """
    lam, lr = checks.non_negative("lam", lam), checks.positive("lr", lr)
    steps = checks.integer("steps", steps, least=0)
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


def max_stable_lr(X: ArrayLike | Tensor, lam: float) -> float:
    """The learning rate above which full-batch gradient descent on J diverges, from almost every start.

    Parameters
    ----------
    X : array_like or Tensor of shape (n, d)
        The features.
    lam : float
        Lambda, 0 or more.

    Returns
    -------
    float
        2 / (the largest eigenvalue of the Hessian over w and b).

    Raises
    ------
    TypeError, ValueError
        As for `fit`.

    Notes
    -----
    LeCun, Bottou, Orr, Müller, *Efficient BackProp* (1998), section 4.

    Examples
    --------
    >>> from wdlesson import ridge
    >>> ridge.max_stable_lr([[-1.0], [1.0]], lam=1.0)
    1.0
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


def _not_interpolating(slack: Tensor) -> Tensor:
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
    checks.regression_data(Xt, Xt.new_zeros(Xt.shape[:1]))
    return Xt


def _tensors(X: Array, y: Array) -> tuple[Tensor, Tensor]:
    """X and y in float64, checked to be of one kind and to fit together."""
    if isinstance(X, Tensor) != isinstance(y, Tensor):
        raise TypeError(f"X is {checks.shown(X)} and y is {checks.shown(y)}; both must be tensors, or neither")
    if isinstance(X, Tensor) and isinstance(y, Tensor):
        checks.regression_data(X, y)
        return _double("X", X), _double("y", y)
    Xt, yt = _double("X", X), _double("y", y)
    checks.regression_data(Xt, yt)
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
            result = values.cpu().numpy().astype(dtype if dtype.kind == "f" else np.float64)[()]  # () is a NumPy float
        good = bool(np.isfinite(result).all())
    if not good:
        raise ValueError(f"the result is beyond the range of {result.dtype}; pass X and y scaled, or in a wider type")
    return result
