"""The commonest mistakes of public notebooks: for each question, wrong functions and words that the check must find."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from homework.answers import half_life, recorded

Mutants = dict[str, list[tuple[Any, str]]]


def leaves(w: Any, b: Any) -> Any:
    return w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()


def crossed_residual(X: Any, y: Any, w: Any, b: Any) -> Any:
    """(n, 1) - (n,) is (n, n)."""
    return X @ w.reshape(-1, 1) + b - y


def crossed_gradient(scale: Callable[[Any], Any]) -> Any:
    def gradient(X: Any, y: Any, w: Any, b: Any) -> Any:
        w, b = leaves(w, b)
        scale(crossed_residual(X, y, w, b) ** 2).backward()
        return w.grad, b.grad

    return gradient


def half_mean(squares: Any) -> Any:
    return squares.mean() / 2


def trained(loss: Any, decay: float = 0.0, zero: bool = True, step: Any = None) -> Any:
    """A loop over batches with autograd; `loss(r, w, lam)` is what is differentiated."""

    def train(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
        w, b = leaves(w, b)
        for rows in batches:
            loss(X[rows] @ w + b - y[rows], w, lam).backward()
            with torch.no_grad():
                w -= lr * (w.grad + decay * lam * w)
                b -= lr * b.grad
            if zero:
                w.grad, b.grad = None, None
        return w.detach(), b.detach()

    return train


def crossed_training(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    w, b = leaves(w, b)
    for rows in batches:
        half_mean(crossed_residual(X[rows], y[rows], w, b) ** 2).backward()
        with torch.no_grad():
            w -= lr * (w.grad + lam * w)
            b -= lr * b.grad
        w.grad, b.grad = None, None
    return w.detach(), b.detach()


def d2l_sgd(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    """The loss with its penalty is a vector; its sum's gradient is divided by the batch size, one for all."""
    w, b = leaves(w, b)
    batch_size = len(batches[0])
    for rows in batches:
        loss = (X[rows] @ w + b - y[rows]) ** 2 / 2 + lam * (w**2).sum() / 2
        loss.sum().backward()
        with torch.no_grad():
            for param in (w, b):
                param -= lr * param.grad / batch_size
                param.grad.zero_()
    return w.detach(), b.detach()


def d2l_sgd_without_penalty(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    """The same with weight decay apart from the loss."""
    w, b = leaves(w, b)
    for rows in batches:
        ((X[rows] @ w + b - y[rows]) ** 2 / 2).sum().backward()
        with torch.no_grad():
            w -= lr * (w.grad / len(batches[0]) + lam * w)
            b -= lr * b.grad / len(batches[0])
        w.grad, b.grad = None, None
    return w.detach(), b.detach()


def two_over_n(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    with torch.no_grad():
        for rows in batches:
            r = X[rows] @ w + b - y[rows]
            w, b = w - lr * (2 / len(r) * X[rows].T @ r + 2 * lam * w), b - lr * 2 / len(r) * r.sum()
    return w, b


@torch.no_grad()
def added_penalty(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return w - lr * (grad_w + lam / 2 * (w**2).sum()), b - lr * grad_b


@torch.no_grad()
def doubled(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return w - lr * 2 * (grad_w + lam * w), b - lr * 2 * grad_b


@torch.no_grad()
def sign_decay(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return w - lr * (grad_w + lam * w.sign()), b - lr * grad_b


def added_in_training(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    for rows in batches:
        r = X[rows] @ w + b - y[rows]
        w, b = added_penalty(w, b, X[rows].T @ r / len(r), r.mean(), lr, lam)
    return w, b


def in_full(train: Any) -> Any:
    """The same training with all rows in each step."""
    return lambda X, y, w, b, lr, lam, steps: train(X, y, w, b, lr, lam, [torch.arange(len(y))] * steps)


LOOPS: list[tuple[Any, str]] = [
    (two_over_n, "Everything is twice too large"),
    (crossed_training, "Predictions of shape (n, 1) meet y of shape (n,)"),
    (trained(lambda r, w, lam: half_mean(r**2) + lam / 2 * w @ w, zero=False), "adds its gradient to those before"),
    (trained(lambda r, w, lam: half_mean(r**2), decay=1.0, zero=False), "adds its gradient to those before"),
    (added_in_training, "The penalty itself is added to the gradient"),
]


def crossed_record(X: Any, y: Any, w: Any, b: Any, lam: float) -> Any:
    _, penalty, norm = recorded()(X, y, w, b, lam)
    return half_mean(crossed_residual(X, y, w, b) ** 2).item(), penalty, norm


def first_tied(lams: Any, loss: Any) -> Any:
    return lams[int(loss.mean(dim=1).argmin())]


def last_tied(lams: Any, loss: Any) -> Any:
    means = loss.mean(dim=1)
    best = lams[0]
    for lam, mean in zip(lams, means, strict=True):
        if mean <= means.min():
            best = lam
    return best


def last_within(lams: Any, loss: Any) -> Any:
    mean = loss.mean(1)
    bound = mean.min() + loss[mean.argmin()].std() / loss.shape[1] ** 0.5
    return [lam for lam, m in zip(lams, mean, strict=True) if m <= bound][-1]


MUTANTS: Mutants = {
    "hw1.q1": [
        (
            lambda w, lam: np.float32(lam / 2 * (w @ w).item()),
            "numpy.float32; it must return a tensor: `torch.tensor()`",
        ),
        (
            lambda w, lam: (lam / 2 * (w @ w)).detach().numpy(),
            "numpy.ndarray; it must return a tensor: `torch.tensor()`",
        ),
    ],
    "hw1.q2": [
        (crossed_gradient(half_mean), "Predictions of shape (n, 1) meet y of shape (n,)"),
        (crossed_gradient(lambda squares: squares.mean()), "Predictions of shape (n, 1) meet y of shape (n,)"),
        (crossed_gradient(lambda s: s.sum() / (2 * len(s))), "Predictions of shape (n, 1) meet y of shape (n,)"),
    ],
    "hw1.q3": [
        (added_penalty, "The penalty itself is added to the gradient"),
        (doubled, "Everything is twice too large"),
        (sign_decay, "that is L1"),
    ],
    "hw1.q4": [(in_full(train), words) for train, words in LOOPS],
    "hw1.q5": [
        *LOOPS,
        (d2l_sgd, "divided by the size of the others, the decay with it"),
        (d2l_sgd_without_penalty, "The last batch is divided by the size of the others; its own size counts"),
    ],
    "hw1.q6": [(lambda v, s, t, n: np.float32(v), "numpy.float32; it must return a float: `float()` makes one of it")],
    "hw1.q7": [
        (crossed_record, "Predictions of shape (n, 1) meet y of shape (n,)"),
        (lambda *a: tuple(map(np.float32, recorded()(*a))), "`float()` makes one of it"),
    ],
    "hw2.q1": [(first_tied, "you take the first in the list"), (last_tied, "you take the last in the list")],
    "hw2.q2": [(last_within, "last lambda in the list")],
    "hw2.q7": [(lambda lr, lam: np.int64(half_life(lr, lam)), "must return an int: `int()` makes one of it")],
}
