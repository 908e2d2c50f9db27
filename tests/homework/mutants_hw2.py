"""Homework 2 as students get it wrong: for each question, wrong functions and words that the check must find."""

import math
from typing import Any

import torch

Mutants = dict[str, list[tuple[Any, str]]]


def at(lams: Any, scores: Any) -> Any:
    return max(lam for lam, score in zip(lams, scores, strict=True) if score <= scores.min())


best_lambda: list[tuple[Any, str]] = [
    (lambda lams, loss: at(lams, -loss.mean(1)), "highest mean loss"),
    (lambda lams, loss: loss.mean(1).argmin(), "returns a tensor for the lambda; it must be a float"),
    (lambda lams, loss: loss.mean(1).argmin().item(), "position, not the lambda"),
    (lambda lams, loss: at(lams, loss.min(1).values), "lowest single run decides"),
    (lambda lams, loss: at(lams, loss[:, 0]), "Only the first seed"),
    (lambda lams, loss: at(lams, loss[:, -1]), "Only the last seed"),
    (lambda lams, loss: torch.tensor(at(lams, loss.mean(1))).item(), "came back rounded"),
    (lambda lams, loss: loss.mean(1).min().item(), "You return the loss"),
    (lambda lams, loss: min(lams), "smallest lambda whatever"),
    (lambda lams, loss: min(x for x, m in zip(lams, loss.mean(1), strict=True) if m <= loss.mean(1).min()), "tie"),
    (lambda lams, loss: lams.sort() or at(lams, loss.mean(1)), "changes its input lams in place: work on a copy"),
]


def within(lams: Any, loss: Any, pick: Any = max, by: Any = math.sqrt, correction: int = 1) -> Any:
    means = loss.mean(1)
    best = means.argmin()
    bound = means[best] + loss[best].std(correction=correction) / by(loss.shape[1])
    return pick(lam for lam, mean in zip(lams, means, strict=True) if mean <= bound)


def own_errors(lams: Any, loss: Any) -> Any:
    bounds = loss.mean(1).min() + loss.std(1) / math.sqrt(loss.shape[1])
    return max(lam for lam, mean, bound in zip(lams, loss.mean(1), bounds, strict=True) if mean <= bound)


one_standard_error: list[tuple[Any, str]] = [
    (lambda lams, loss: at(lams, loss.mean(1)), "best lambda itself"),
    (lambda lams, loss: within(lams, loss, by=lambda n: 1), "one standard deviation"),
    (lambda lams, loss: within(lams, loss, by=lambda n: n), "divides by its root"),
    (lambda lams, loss: within(lams, loss, correction=0), "divides by n - 1"),
    (lambda lams, loss: within(lams, loss, pick=min), "smallest lambda within"),
    (own_errors, "standard error of its own"),
    (lambda lams, loss: torch.tensor(within(lams, loss)).item(), "came back rounded"),
    (lambda lams, loss: max(lams), "largest lambda whatever"),
    (lambda lams, loss: None, "None (is `return` missing?)"),
]


def solve(X: Any, y: Any, lam: float, scale: float = 1.0) -> Any:
    A, c = X - X.mean(0), y - y.mean()
    w = torch.linalg.solve(A.T @ A / len(y) + scale * lam * torch.eye(X.shape[1], dtype=X.dtype), A.T @ c / len(y))
    return w, y.mean() - X.mean(0) @ w


def raw(X: Any, y: Any, lam: float) -> Any:
    return torch.linalg.solve(X.T @ X / len(y) + lam * torch.eye(X.shape[1], dtype=X.dtype), X.T @ y / len(y))


def penalised_bias(X: Any, y: Any, lam: float) -> Any:
    both = raw(torch.cat([X, torch.ones(len(X), 1, dtype=X.dtype)], dim=1), y, lam)
    return both[:-1], both[-1]


def centred_in_place(X: Any, y: Any, lam: float) -> Any:
    X -= X.mean(0)
    return solve(X, y, lam)


ridge: list[tuple[Any, str]] = [
    (penalised_bias, "bias is penalised too"),
    (lambda X, y, lam: solve(X, y, lam, 1 / len(y)), "n is missing"),
    (lambda X, y, lam: solve(X, y, lam, len(y)), "n times too strong"),
    (lambda X, y, lam: solve(X, y, lam, 2), "twice too strong"),
    (lambda X, y, lam: (raw(X, y, lam), torch.zeros((), dtype=X.dtype)), "There is no bias"),
    (lambda X, y, lam: (raw(X, y, lam), (y - X @ raw(X, y, lam)).mean()), "without centring"),
    (lambda X, y, lam: (solve(X, y, lam)[0], y.mean()), "b is mean(y)"),
    (centred_in_place, "changes its input X in place"),
    (lambda X, y, lam: solve(X, y, lam)[0], "must return a tuple (w, b)"),
    (lambda X, y, lam: (solve(X, y, lam)[0][:, None], solve(X, y, lam)[1]), "shape of w is wrong: (2, 1)"),
    (lambda X, y, lam: [part.double() for part in solve(X, y, lam)], "dtype of w is wrong: torch.float64"),
]


def factors(X: Any, lam: float, strength: Any, centre: bool = True) -> Any:
    s = strength(torch.linalg.svdvals(X - X.mean(0) if centre else X), len(X))
    return s / (s + lam)


def right(X: Any, lam: float) -> Any:
    return factors(X, lam, lambda s, n: s**2 / n)


kept: list[tuple[Any, str]] = [
    (lambda X, lam: factors(X, lam, lambda s, n: s**2 / n, False), "not centred"),
    (lambda X, lam: factors(X, lam, lambda s, n: s**2), "n is missing: the factor"),
    (lambda X, lam: factors(X, lam, lambda s, n: s / n), "not squared."),
    (lambda X, lam: factors(X, lam, lambda s, n: s), "not squared, and n is missing"),
    (lambda X, lam: 1 - right(X, lam), "what is removed"),
    (lambda X, lam: right(X, lam).flip(0), "order is wrong"),
    (lambda X, lam: right(X, lam).tolist(), "returns a list for the factors; it must be a tensor"),
]


def moments(m: Any, v: Any, grad: Any, t: int, b1: float, b2: float) -> Any:
    m, v = b1 * m + (1 - b1) * grad, b2 * v + (1 - b2) * grad**2
    return m / (1 - b1**t), v / (1 - b2**t), m, v


def with_step(how: Any) -> Any:
    def step(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
        m_hat, v_hat, m, v = moments(m, v, grad, t, rest[0], rest[1])
        with torch.no_grad():
            return how(w, lr * m_hat / (v_hat.sqrt() + rest[2]), lr, lam), m, v

    return step


adamw: Any = with_step(lambda w, d, lr, lam: (1 - lr * lam) * w - d)


def l2(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    return adamw(w, m, v, grad + lam * w.detach(), t, lr, 0.0, *rest)


def uncorrected(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    _, _, m, v = moments(m, v, grad, t, rest[0], rest[1])
    return ((1 - lr * lam) * w - lr * m / (v.sqrt() + rest[2])).detach(), m, v


def eps_inside(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    m_hat, v_hat, m, v = moments(m, v, grad, t, rest[0], rest[1])
    return ((1 - lr * lam) * w - lr * m_hat / (v_hat + rest[2]).sqrt()).detach(), m, v


def moments_in_place(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    result = adamw(w, m, v, grad, t, lr, lam, *rest)
    m.mul_(rest[0]).add_(grad, alpha=1 - rest[0])
    return result


def corrected_kept(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    m_hat, v_hat, _, _ = moments(m, v, grad, t, rest[0], rest[1])
    return adamw(w, m, v, grad, t, lr, lam, *rest)[0], m_hat, v_hat


def on_graph(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    m_hat, v_hat, m, v = moments(m, v, grad, t, rest[0], rest[1])
    return (1 - lr * lam) * w - lr * m_hat / (v_hat.sqrt() + rest[2]), m, v


def first_correction(*a: Any) -> Any:
    return adamw(*a[:4], 1, *a[5:])


def swapped_weights(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *rest: float) -> Any:
    b1, b2, eps = rest
    m, v = (1 - b1) * m + b1 * grad, (1 - b2) * v + b2 * grad**2
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return ((1 - lr * lam) * w - lr * m_hat / (v_hat.sqrt() + eps)).detach(), m, v


adamw_step: list[tuple[Any, str]] = [
    (l2, "decay is in the gradient"),
    (with_step(lambda w, d, lr, lam: (1 - lam) * w - d), "lam is not scaled"),
    (with_step(lambda w, d, lr, lam: (1 - lr * lam) * (w - d)), "decay is applied after the step"),
    (with_step(lambda w, d, lr, lam: w - d), "There is no decay"),
    (with_step(lambda w, d, lr, lam: (1 + lr * lam) * w - d), "sign of the decay"),
    (with_step(lambda w, d, lr, lam: (1 - lr * lam) * w + d), "sign is wrong: a step goes down"),
    (uncorrected, "bias correction is missing"),
    (eps_inside, "eps is inside the root"),
    (first_correction, "correction is that of the first step"),
    (swapped_weights, "beta and 1 - beta are swapped"),
    (corrected_kept, "corrected m_hat and v_hat"),
    (lambda *a: adamw(*a[:4], a[4] + 1, *a[5:]), "t is one too high"),
    (lambda *a: adamw(*a[:7], a[8], a[7], a[9]), "beta1 and beta2 are swapped"),
    (moments_in_place, "changes its input m in place"),
    (on_graph, "autograd graph is kept"),
    (lambda *a: adamw(*a)[0], "must return a tuple (w, m, v)"),
]


def split(decays: Any) -> Any:
    def groups(shapes: Any) -> Any:
        return [n for n, s in shapes.items() if decays(n, s)], [n for n, s in shapes.items() if not decays(n, s)]

    return groups


groups: list[tuple[Any, str]] = [
    (split(lambda n, s: len(s) < 2), "swapped"),
    (split(lambda n, s: not n.endswith("bias")), "names that end in bias"),
    (split(lambda n, s: "bias" not in n), "names that contain bias"),
    (split(lambda n, s: "weight" in n), "names that contain weight"),
    (split(lambda n, s: "bias" not in n and "norm" not in n), "words bias and norm"),
    (lambda shapes: (set(shapes), []), "an object of type set inside another; it must return a tuple"),
    (split(lambda n, s: True), "Everything decays"),
    (split(lambda n, s: len(s) == 2), "Convolutions"),
    (lambda shapes: (split(lambda n, s: len(s) > 1)(shapes)[0], list(shapes)), "in both groups"),
    (lambda shapes: {"decay": [], "no_decay": []}, "must return a tuple (decay, no_decay) of lists; it returns a dict"),
    (lambda shapes: (shapes.popitem()[0], []), "changes its input shapes in place: work on a copy"),
]


def half(rate: float) -> int:
    return math.ceil(math.log(0.5) / math.log(1 - min(rate, 0.999)))


half_life: list[tuple[Any, str]] = [
    (lambda lr, lam: half(lam), "learning rate is missing"),
    (lambda lr, lam: half(lr), "lam is missing"),
    (lambda lr, lam: half(lr * lam) - 1, "One step too few"),
    (lambda lr, lam: half(lr * lam) + 1, "One step too many"),
    (lambda lr, lam: half(2 * lr * lam), "twice too strong"),
    (lambda lr, lam: round(math.log(0.5) / math.log(1 - lr * lam)), "Rounded to the nearest"),
    (lambda lr, lam: math.ceil(math.log(2) / (lr * lam)), "only where lr*lam is tiny"),
    (lambda lr, lam: torch.tensor(half(lr * lam)), "must be an int: `.item()` makes"),
    (lambda lr, lam: math.ceil(1 / (lr * lam)), "1/e"),
    (lambda lr, lam: math.ceil(0.5 / (lr * lam)), "geometrically"),
    (lambda lr, lam: float(half(lr * lam)), "returns a float for the number of steps; it must be an int: `int()`"),
]

MUTANTS: Mutants = {
    "hw2.q1": best_lambda,
    "hw2.q2": one_standard_error,
    "hw2.q3": ridge,
    "hw2.q4": kept,
    "hw2.q5": adamw_step,
    "hw2.q6": groups,
    "hw2.q7": half_life,
}
