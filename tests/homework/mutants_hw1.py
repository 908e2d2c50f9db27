"""Homework 1 as students get it wrong: for each question, wrong functions and words that the check must find."""

from typing import Any

import torch

Mutants = dict[str, list[tuple[Any, str]]]


def in_place_penalty(w: Any, lam: float) -> Any:
    with torch.no_grad():
        w *= w
    return lam / 2 * w.sum()


penalty: list[tuple[Any, str]] = [
    (lambda w, lam: lam * (w @ w), "half is missing"),
    (lambda w, lam: lam * w.square().sum(), "half is missing"),
    (lambda w, lam: lam / 2 * w.norm(), "norm is not squared"),
    (lambda w, lam: lam * w.norm(), "norm is not squared and the half is missing"),
    (lambda w, lam: (w @ w) / 2, "lam is missing"),
    (lambda w, lam: lam / 2 * (w * w).mean(), "averaged"),
    (lambda w, lam: lam / 2 * w.abs().sum(), "absolute values"),
    (lambda w, lam: -lam / 2 * (w @ w), "sign is wrong"),
    (lambda w, lam: lam / 2 * w * w, "shape of the penalty is wrong: (4,); it must be ()"),
    (lambda w, lam: (lam / 2 * (w @ w)).item(), "returns a float for the penalty; it must be a tensor"),
    (lambda w, lam: lam / 2 * (w.detach() @ w.detach()), "graph is cut"),
    (lambda w, lam: (lam / 2 * (w @ w)).double(), "dtype of the penalty is wrong: torch.float64"),
    (lambda w, lam: torch.full((), torch.nan), "dtype of the penalty is wrong: torch.float32; with torch.float64 in"),
    (in_place_penalty, "changes its input w in place"),
    (lambda w, lam: (lam / 2 * (w @ w)).half(), "dtype of the penalty is wrong: torch.float16"),
    (lambda w, lam: print(w), "None (is `return` missing?)"),
    (lambda w, lam: 1 / 0, "raised an error: ZeroDivisionError"),
    (lambda w: w @ w, "raised an error: TypeError"),
]


def formula(X: Any, y: Any, w: Any, b: Any, sign: float = 1.0, scale: float = 1.0, bias: float = 1.0) -> Any:
    r = sign * scale * (X @ w + bias * b - y)
    return X.T @ r / len(y), r.mean()


g: Any = formula


def broadcast_gradient(X: Any, y: Any, w: Any, b: Any) -> Any:
    r = X @ w[:, None] + b - y  # (n, 1) - (n,) -> (n, n)
    return X.T @ r / len(y), r.mean()


def in_place_gradient(X: Any, y: Any, w: Any, b: Any) -> Any:
    y -= X @ w + b
    return -X.T @ y / len(y), -y.mean()


def by_autograd_on_the_input(X: Any, y: Any, w: Any, b: Any) -> Any:
    w.requires_grad_()
    loss = ((X @ w + b - y) ** 2).mean() / 2
    return torch.autograd.grad(loss, w)[0], (X @ w + b - y).mean().detach()


gradient: list[tuple[Any, str]] = [
    (lambda *a: g(*a, scale=2), "without its half"),
    (lambda *a: g(*a, sign=-1), "sign is wrong"),
    (lambda X, y, w, b: (X.T @ (X @ w + b - y), (X @ w + b - y).sum()), "1/n is missing: the data loss"),
    (lambda X, y, w, b: (g(X, y, w, b)[0], (X @ w + b - y).sum()), "1/n is missing in grad_b"),
    (lambda X, y, w, b: (X.T @ (X @ w + b - y), (X @ w + b - y).mean()), "1/n is missing in grad_w"),
    (lambda *a: g(*a, bias=0), "b is missing from the residual"),
    (lambda *a: (g(*a)[0], 2 * g(*a)[1]), "grad_b is twice too large"),
    (lambda *a: (2 * g(*a)[0], g(*a)[1]), "grad_w is twice too large"),
    (lambda X, y, w, b: (X.T @ (X @ w + b - y) / len(w), (X @ w + b - y).sum() / len(w)), "divides by d"),
    (lambda X, y, w, b: (g(X, y, w, b)[0], X @ w + b - y), "shape of grad_b is wrong: (3,); it must be ()"),
    (broadcast_gradient, "shape of grad_w is wrong: (2, 3); it must be (2,)"),
    (lambda *a: g(*a)[0], "must return a tuple (grad_w, grad_b) of tensors; it returns a tensor"),
    (lambda *a: (*g(*a), 0.0), "it returns a tuple of length 3"),
    (lambda *a: tuple(part.double() for part in g(*a)), "dtype of grad_w is wrong"),
    (in_place_gradient, "changes its input y in place"),
    (by_autograd_on_the_input, "changes whether its input w requires grad"),
    (lambda X, y, w, b: (2 * X.T @ (X @ w + b - y), 2 * (X @ w + b - y).sum()), "Both the half and the 1/n"),
    (lambda *a: g(*a, scale=0.5), "Both are half of what they should be"),
    (lambda *a: (g(*a)[0], -g(*a)[1]), "sign of grad_b is wrong"),
    (lambda X, y, w, b: (g(X, y, w, b)[0] + 0.1 * w, g(X, y, w, b)[1]), "Wrong: grad_w. Right: grad_b."),
]


def right_step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b


s: Any = right_step


def decayed_bias(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return (1 - lr * lam) * w - lr * grad_w, (1 - lr * lam) * b - lr * grad_b


def unscaled(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return (1 - lam) * w - lr * grad_w, b - lr * grad_b


def decay_after(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return (w - lr * grad_w) * (1 - lr * lam), b - lr * grad_b


def forgets_decay(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return w - lr * grad_w, b - lr * grad_b


no_decay: Any = forgets_decay


def uphill(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return (1 - lr * lam) * w + lr * grad_w, b + lr * grad_b


def growth(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return w - lr * (grad_w - lam * w), b - lr * grad_b


def twice(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        return w - lr * (grad_w + 2 * lam * w), b - lr * grad_b


def in_place_step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    with torch.no_grad():
        w *= 1 - lr * lam
        w -= lr * grad_w
        b -= lr * grad_b
    return w, b


def on_graph(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b


def fixed_bias(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return s(w, b, grad_w, grad_b, lr, lam)[0], b.detach().clone()


calls: list[int] = []


def right_once(*arguments: Any) -> Any:
    calls.append(1)
    return no_decay(*arguments) if len(calls) % 6 == 0 else s(*arguments)


step: list[tuple[Any, str]] = [
    (decayed_bias, "bias is decayed too"),
    (unscaled, "lam is not scaled by the learning rate"),
    (decay_after, "decay is applied after the step"),
    (no_decay, "There is no decay"),
    (uphill, "sign is wrong: a step goes down"),
    (growth, "sign of the decay is wrong"),
    (twice, "decay is twice too strong"),
    (fixed_bias, "b is not updated"),
    (lambda *a: s(*a[:5], a[5] / 2), "decay is half of what it should be"),
    (lambda w, b, dw, db, lr, lam: s(w, b, dw / lr, db / lr, lr, lam), "learning rate is missing from the gradient"),
    (in_place_step, "changes its input w in place"),
    (on_graph, "autograd graph is kept"),
    (lambda *a: s(*a)[0], "must return a tuple (w, b)"),
    (lambda *a: (s(*a)[0], s(*a)[1].reshape(1)), "shape of b is wrong: (1,); it must be ()"),
    (lambda *a: (s(*a)[0], s(*a)[1].item()), "returns a float for b; it must be a tensor"),
    (lambda *a: (s(*a)[0].float(), s(*a)[1]), "dtype of w is wrong: torch.float32"),
    (lambda *a: (s(*a)[0] / 0, s(*a)[1]), "NaN or infinity for w"),
    (right_once, "Called twice with the same input"),
]


def t(one: Any, grad: Any = g) -> Any:
    def train(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
        for _ in range(steps):
            grad_w, grad_b = grad(X, y, w, b)
            w, b = one(w, b, grad_w, grad_b, lr, lam)
        return w, b

    return train


def returns_early(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
    for _ in range(steps):
        return s(w, b, *g(X, y, w, b), lr, lam)
    return w, b


def bias_after(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
    with torch.no_grad():
        for _ in range(steps):
            w = w - lr * (g(X, y, w, b)[0] + lam * w)
            b = b - lr * g(X, y, w, b)[1]
    return w, b


def in_place_train(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
    with torch.no_grad():
        for _ in range(steps):
            grad_w, grad_b = g(X, y, w, b)
            w -= lr * (grad_w + lam * w)
            b -= lr * grad_b
    return w, b


def stale_gradient(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
    grads = g(X, y, w, b)
    for _ in range(steps):
        w, b = s(w, b, *grads, lr, lam)
    return w, b


def stub(*arguments: Any) -> Any:
    raise NotImplementedError


train: list[tuple[Any, str]] = [
    (t(decayed_bias), "bias is decayed too"),
    (t(no_decay), "There is no decay"),
    (t(unscaled), "lam is not scaled"),
    (t(decay_after), "decay is applied after the step"),
    (t(uphill), "sign is wrong"),
    (t(twice), "decay is twice too strong"),
    (t(fixed_bias), "b stays where it was"),
    (lambda *a: t(s)(*a[:6], max(a[6] - 1, 0)), "One step too few"),
    (lambda *a: t(s)(*a[:6], a[6] + 1), "One step too many"),
    (returns_early, "Only one step is taken"),
    (lambda *a: t(s)(*a[:6], 1), "One step is always taken"),
    (stale_gradient, "gradient is computed once, before the loop"),
    (lambda *a: t(s)(*a[:5], a[5] / 2, a[6]), "decay is half"),
    (t(stub), "train calls stub, which is not written yet"),
    (bias_after, "computed with the new w"),
    (t(s, lambda *a: g(*a, scale=2)), "gradient is twice too large"),
    (t(s, lambda X, y, w, b: tuple(len(y) * part for part in g(X, y, w, b))), "gradient is a sum"),
    (in_place_train, "changes its input w in place"),
    (t(on_graph), "autograd graph is kept"),
    (lambda *a: t(s)(*a)[0], "must return a tuple (w, b)"),
]


def m(one: Any) -> Any:
    def minibatch(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
        for rows in batches:
            grad_w, grad_b = g(X[rows], y[rows], w, b)
            w, b = one(w, b, grad_w, grad_b, lr, lam)
        return w, b

    return minibatch


def scaled_by(scale: Any) -> Any:
    def minibatch(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
        for rows in batches:
            grads = (scale(len(rows), len(batches[0])) * part for part in g(X[rows], y[rows], w, b))
            w, b = s(w, b, *grads, lr, lam)
        return w, b

    return minibatch


def divided_by_n(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    for rows in batches:
        r = X[rows] @ w + b - y[rows]
        w, b = s(w, b, X[rows].T @ r / len(y), r.sum() / len(y), lr, lam)
    return w, b


def decays_at_the_end(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
    for rows in batches[:-1]:
        w, b = no_decay(w, b, *g(X[rows], y[rows], w, b), lr, lam)
    return s(w, b, *g(X[batches[-1]], y[batches[-1]], w, b), lr, lam)


train_minibatch: list[tuple[Any, str]] = [
    (divided_by_n, "mean over the examples of that batch alone"),
    (decays_at_the_end, "decay once, at the end"),
    (scaled_by(lambda size, first: size), "sum over its examples"),
    (scaled_by(lambda size, first: 2), "twice too large"),
    (scaled_by(lambda size, first: size / first), "divided by the size of the others"),
    (lambda *a: m(s)(*a[:6], [rows for rows in a[6] if len(rows) == len(a[6][0])]), "last batch is left out"),
    (lambda *a: t(s)(*a[:6], len(a[6])), "Every step uses all the data"),
    (lambda *a: m(s)(*a[:6], a[6][:1]), "Only the first batch"),
    (lambda *a: m(s)(*a[:6], a[6][-1:]), "Only the last batch"),
    (lambda *a: m(s)(*a[:6], a[6][::-1]), "opposite order"),
    (m(decayed_bias), "bias is decayed too"),
    (m(no_decay), "There is no decay"),
    (m(unscaled), "lam is not scaled"),
    (m(decay_after), "decay is applied after the step"),
    (m(in_place_step), "changes its input w in place"),
    (m(on_graph), "autograd graph is kept"),
]


def c(torch_by: float, sklearn_by: Any) -> Any:
    def convert(value: float, source: str, target: str, n: int) -> float:
        multiple = {"half-mse": 1.0, "torch": torch_by, "sklearn": sklearn_by(n)}
        return float(value * multiple[target] / multiple[source])

    return convert


right_convert = c(2, lambda n: n)

convert: list[tuple[Any, str]] = [
    (lambda v, s, t, n: right_convert(v, t, s, n), "direction is wrong"),
    (c(2, lambda n: 1), "n is missing"),
    (c(1, lambda n: n), "factor of torch is missing"),
    (c(0.5, lambda n: n), "factor of torch is upside down"),
    (c(2, lambda n: 2 * n), "n, not 2n"),
    (c(2, lambda n: n / 2), "n, not n/2"),
    (c(2, lambda n: 1 / n), "factor of scikit-learn is upside down"),
    (lambda v, s, t, n: v, "unchanged"),
    (lambda v, s, t, n: torch.tensor(right_convert(v, s, t, n)), "must be a float: `.item()` makes"),
    (lambda v, s, t, n: str(right_convert(v, s, t, n)), "returns a str for the converted value"),
]


def r(X: Any, y: Any, w: Any, b: Any, lam: float) -> Any:
    data_loss = ((X @ w + b - y) ** 2).mean() / 2
    return data_loss.item(), lam / 2 * (w @ w).item(), w.norm().item()


record: list[tuple[Any, str]] = [
    (lambda *a: (sum(r(*a)[:2]), *r(*a)[1:]), "penalty is inside the data loss"),
    (lambda *a: (2 * r(*a)[0], *r(*a)[1:]), "half is missing in the data loss"),
    (lambda *a: (len(a[1]) * r(*a)[0], *r(*a)[1:]), "1/n is missing in the data loss"),
    (lambda *a: (r(*a)[0], 2 * r(*a)[1], r(*a)[2]), "half is missing in the penalty"),
    (lambda *a: (r(*a)[0], (a[2] @ a[2]).item() / 2, r(*a)[2]), "penalty lacks its lam"),
    (lambda *a: (*r(*a)[:2], r(*a)[2] ** 2), "norm is squared"),
    (lambda *a: (*r(*a)[:2], r(*a)[2] ** 2 / 2), "norm is half its square"),
    (lambda *a: (*r(*a)[:2], a[2].abs().sum().item()), "norm sums absolute values"),
    (lambda X, y, w, b, lam: (r(X, y, w, 0, lam)[0], *r(X, y, w, b, lam)[1:]), "b is missing from the data loss"),
    (lambda *a: tuple(map(torch.tensor, r(*a))), "returns a tensor for the data loss; it must be a float: `.item()`"),
    (lambda *a: r(*a)[0], "must return a tuple (the data loss, the penalty, the norm)"),
]

MUTANTS: Mutants = {
    "hw1.q1": penalty,
    "hw1.q2": gradient,
    "hw1.q3": step,
    "hw1.q4": train,
    "hw1.q5": train_minibatch,
    "hw1.q6": convert,
    "hw1.q7": record,
}
