"""For each question some right answers, and answers in which float32 numbers got in somewhere."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

Function = Callable[..., Any]


# Homework 1
def parameters(*tensors: Any) -> Any:
    return [torch.nn.Parameter(tensor.detach().clone()) for tensor in tensors]


def autograd(X: Any, y: Any, w: Any, b: Any) -> Any:
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    return torch.autograd.grad(torch.nn.functional.mse_loss(X @ w + b, y) / 2, [w, b])


def by_rows(X: Any, y: Any, w: Any, b: Any) -> Any:
    grad_w, grad_b = torch.zeros_like(w), torch.zeros_like(b)
    for x, target in zip(X, y, strict=True):
        r = torch.dot(x, w) + b - target
        grad_w, grad_b = grad_w + r * x, grad_b + r
    return grad_w / len(y), grad_b / len(y)


def by_formula(X: Any, y: Any, w: Any, b: Any) -> Any:
    r = torch.addmv(b - y, X, w)
    return torch.einsum("n,nd->d", r, X) / X.shape[0], r.sum() / X.shape[0]


def float_gradient(X: Any, y: Any, w: Any, b: Any) -> Any:
    grad_w, grad_b = by_formula(X.float(), y.float(), w.float(), b.float())
    return grad_w.to(X.dtype), grad_b.to(X.dtype)


def float_buffer(X: Any, y: Any, w: Any, b: Any) -> Any:
    grad_w = torch.zeros(X.shape[1])
    grad_w += (X.T @ (X @ w + b - y)) / len(y)
    return grad_w.to(X.dtype), (X @ w + b - y).mean()


@torch.no_grad()
def step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: Any, lam: Any) -> Any:
    return w - lr * (grad_w + lam * w), b - lr * grad_b


def data_step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return torch.add(w.data * (1 - lr * lam), grad_w, alpha=-lr), b.data.sub(grad_b, alpha=lr)


def optimizer_step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    w, b = parameters(w, b)
    w.grad, b.grad = grad_w, grad_b
    torch.optim.SGD(decaying(w, b, lam), lr=lr, foreach=False).step()
    return w.data, b.data


def decaying(w: Any, b: Any, lam: float) -> list[dict[str, Any]]:
    return [{"params": [w], "weight_decay": lam}, {"params": [b]}]


def float_rate(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return step(w, b, grad_w, grad_b, torch.tensor(lr), lam)


def float_lam(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return step(w, b, grad_w, grad_b, lr, torch.tensor(lam))


def float_grad(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Any:
    return step(w, b, grad_w.float(), grad_b.float(), lr, lam)


def trained(one: Function = step, grad: Function = by_formula) -> Function:
    def train(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
        w, b = w.detach(), b.detach()
        for _ in range(steps):
            w, b = one(w, b, *grad(X, y, w, b), lr, lam)
        return w, b

    return train


def in_batches(one: Function = step, grad: Function = by_formula) -> Function:
    def train(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Any:
        w, b = w.detach(), b.detach()
        for rows in batches:
            w, b = one(w, b, *grad(X[rows], y[rows], w, b), lr, lam)
        return w, b

    return train


def trained_by_optimizer(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Any:
    w, b = parameters(w, b)
    optimizer = torch.optim.SGD(decaying(w, b, lam), lr=lr, foreach=False)
    for _ in range(steps):
        optimizer.zero_grad()
        (((X @ w + b - y) ** 2).mean() / 2).backward()
        optimizer.step()
    return w.detach(), b.detach()


def convert(value: float, source: str, target: str, n: int) -> Any:
    lam = {"half-mse": value, "torch": value / 2, "sklearn": value / n}[source]
    return {"half-mse": lam, "torch": 2 * lam, "sklearn": n * lam}[target]


def recorded(convert_lam: Function = float, change: Function = lambda t: t) -> Function:
    def record(X: Any, y: Any, w: Any, b: Any, lam: float) -> Any:
        X, y, w, b = (change(t.detach()) for t in (X, y, w, b))
        loss = torch.nn.functional.mse_loss(X @ w + b, y) / 2
        return float(loss), float(convert_lam(lam) * w.pow(2).sum() / 2), math.sqrt(float(w.pow(2).sum()))

    return record


# Homework 2
def position(lams: Any, val_loss: Any) -> Any:
    means = val_loss.mean(1)
    return max(lams[i] for i in range(len(lams)) if means[i] == means.min())


def by_dictionary(lams: Any, val_loss: Any) -> Any:
    means = dict(zip(lams, np.asarray(val_loss).mean(axis=1), strict=True))
    return max(means, key=lambda lam: (-means[lam], lam))


def rule(lams: Any, val_loss: Any) -> Any:
    mean, error = val_loss.mean(1), val_loss.std(1) / val_loss.shape[1] ** 0.5
    best = int(mean.argmin())
    inside = (mean <= mean[best] + error[best]).tolist()
    return max(lam for lam, ok in zip(lams, inside, strict=True) if ok)


def numpy_rule(lams: Any, val_loss: Any) -> Any:
    loss = val_loss.numpy()
    best = loss.mean(axis=1).argmin()
    bound = loss[best].mean() + loss[best].std(ddof=1) / np.sqrt(loss.shape[1])
    return float(np.asarray(lams)[loss.mean(axis=1) <= bound].max())


def ridge(X: Any, y: Any, lam: Any, **like: Any) -> Any:
    n, d = X.shape
    A, c = X - X.mean(0), y - y.mean()
    w = torch.linalg.solve(A.T @ A / n + lam * torch.eye(d, **(like or {"dtype": X.dtype})), A.T @ c / n)
    return w, y.mean() - X.mean(0) @ w


def wide_ridge(X: Any, y: Any, lam: float) -> Any:
    n, d = X.shape
    wide = torch.cat([X, torch.ones(n, 1, dtype=X.dtype)], dim=1)
    penalty = torch.diag(torch.tensor([lam] * d + [0.0], dtype=X.dtype))
    both = torch.linalg.inv(wide.T @ wide / n + penalty) @ (wide.T @ y) / n
    return both[:-1], both[-1]


def svd_ridge(X: Any, y: Any, lam: float) -> Any:
    n = len(y)
    U, s, V = torch.linalg.svd(X - X.mean(0), full_matrices=False)
    w = V.T @ (s / (s**2 + n * lam) * (U.T @ (y - y.mean())))
    return w, y.mean() - X.mean(0) @ w


def dual_ridge(X: Any, y: Any, lam: float) -> Any:
    n = len(y)
    A, c = X - X.mean(0), y - y.mean()
    w = A.T @ torch.linalg.solve(A @ A.T + n * lam * torch.eye(n, dtype=X.dtype), c)
    return w, y.mean() - X.mean(0) @ w


def kept(X: Any, lam: Any) -> Any:
    s = torch.linalg.svdvals(X - X.mean(0)) ** 2 / len(X)
    return s / (s + lam)


def kept_by_eigenvalues(X: Any, lam: float) -> Any:
    values = torch.linalg.eigvalsh(torch.cov(X.T, correction=0)).flip(0)
    return values / (values + lam)


def kept_by_numpy(X: Any, lam: float) -> Any:
    s = np.linalg.svd(X.numpy() - X.numpy().mean(axis=0), compute_uv=False)
    return torch.from_numpy(1 - lam / (s**2 / len(X) + lam)).to(X.dtype)


def adamw(change: dict[str, Function] | None = None) -> Function:
    """AdamW's step, some of whose arguments are changed first."""
    changes: dict[str, Any] = change or {}
    names = ["w", "m", "v", "grad", "t", "lr", "lam", "beta1", "beta2", "eps"]

    @torch.no_grad()
    def adamw_step(*given: Any) -> Any:
        w, m, v, grad, t, lr, lam, beta1, beta2, eps = (
            changes[name](value) if name in changes else value for name, value in zip(names, given, strict=True)
        )
        m = m + (1 - beta1) * (grad - m)
        v = v + (1 - beta2) * (grad * grad - v)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return w - lr * (lam * w + m_hat / (torch.sqrt(v_hat) + eps)), m, v

    return adamw_step


def torch_adamw(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Any:
    beta1, beta2, eps = betas
    p = torch.nn.Parameter(w.detach().clone())
    optimizer = torch.optim.AdamW([p], lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=lam, foreach=False)
    optimizer.state[p] = {"step": torch.tensor(float(t - 1)), "exp_avg": m.clone(), "exp_avg_sq": v.clone()}
    p.grad = grad.clone()
    optimizer.step()
    return p.detach(), optimizer.state[p]["exp_avg"], optimizer.state[p]["exp_avg_sq"]


def groups(shapes: dict[str, Any]) -> Any:
    decay, rest = list[str](), list[str]()
    for name, shape in shapes.items():
        (decay if len(shape) > 1 else rest).append(name)
    return decay, rest


def half_life(lr: float, lam: float) -> int:
    w, steps = 1.0, 0
    while w > 0.5:
        w, steps = w * (1 - lr * lam), steps + 1
    return steps


RIGHT: dict[str, list[Function]] = {
    "hw1.q1": [
        lambda w, lam: lam * torch.linalg.vector_norm(w) ** 2 / 2,
        lambda w, lam: sum((lam * x * x / 2 for x in w), torch.zeros((), dtype=w.dtype)),
        lambda w, lam: torch.tensor(0.5) * (lam * w.square().sum()),  # 0.5 is 0.5 in float32 too
    ],
    "hw1.q2": [autograd, by_rows, by_formula],
    "hw1.q3": [step, data_step, optimizer_step],
    "hw1.q4": [trained(), trained(optimizer_step, autograd), trained_by_optimizer],
    "hw1.q5": [in_batches(), in_batches(data_step, by_rows)],
    "hw1.q6": [convert, lambda v, s, t, n: v * {"h": 1, "t": 2, "s": n}[t[0]] / {"h": 1, "t": 2, "s": n}[s[0]]],
    "hw1.q7": [recorded(), lambda X, y, w, b, lam: tuple(map(np.float64, recorded()(X, y, w, b, lam)))],
    "hw2.q1": [position, by_dictionary, lambda lams, loss: position(lams, loss.float())],
    "hw2.q2": [rule, numpy_rule, lambda lams, loss: rule(lams, loss.float())],
    "hw2.q3": [ridge, wide_ridge, svd_ridge, dual_ridge],
    "hw2.q4": [kept, kept_by_eigenvalues, kept_by_numpy],
    "hw2.q5": [adamw(), torch_adamw],
    "hw2.q6": [groups],
    "hw2.q7": [half_life, lambda lr, lam: math.ceil(-math.log(2) / math.log1p(-lr * lam))],
}

rounded: Function = torch.tensor  # a float as a tensor of float32
LEAKS: dict[str, list[Function]] = {
    "hw1.q1": [
        lambda w, lam: rounded(lam) / 2 * (w @ w),
        lambda w, lam: torch.tensor(0.5) * lam * w.square().sum(),
        lambda w, lam: (lam / 2 * (w.float() @ w.float())).to(w.dtype),
    ],
    "hw1.q2": [float_gradient, float_buffer, lambda *a: tuple(rounded(0.7) * (g / 0.7) for g in by_formula(*a))],
    "hw1.q3": [float_rate, float_lam, float_grad],
    "hw1.q4": [trained(float_rate), trained(float_lam), trained(float_grad), trained(grad=float_gradient)],
    "hw1.q5": [in_batches(float_rate), in_batches(float_lam), in_batches(grad=float_buffer)],
    "hw1.q6": [
        lambda v, s, t, n: convert(rounded(v).item(), s, t, n),
        lambda v, s, t, n: float(np.float32(convert(v, s, t, n))),
    ],
    "hw1.q7": [recorded(rounded), recorded(change=torch.Tensor.float)],
    "hw2.q1": [lambda lams, loss: rounded(lams)[lams.index(position(lams, loss))].item()],
    "hw2.q2": [lambda lams, loss: rounded(lams)[lams.index(rule(lams, loss))].item()],
    "hw2.q3": [
        lambda X, y, lam: ridge(X, y, lam, device="cpu"),
        lambda X, y, lam: ridge(X, y, rounded(lam)),
        lambda X, y, lam: tuple(part.to(X.dtype) for part in ridge(X.float(), y.float(), lam)),
    ],
    "hw2.q4": [lambda X, lam: kept(X, rounded(lam)), lambda X, lam: kept(X.float(), lam).to(X.dtype)],
    "hw2.q5": [adamw({name: rounded}) for name in ("lr", "lam", "beta1", "beta2", "eps")]
    + [adamw({"grad": lambda g: g.float()})],
    "hw2.q7": [lambda lr, lam: math.ceil((rounded(0.5).log() / (1 - rounded(lr) * lam).log()).item())],
}
