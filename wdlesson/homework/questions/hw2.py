"""Homework 2, the choices: which lambda, which step in AdamW, which parameters, and what decay removes.

The answers are NumPy in float64 and stand alone: nothing here comes from the modules that the pages teach.
"""

import math
from typing import Any

import numpy as np

from wdlesson.homework.questions.base import Assignment, Carried, Case, Mistake, Question, WrittenQuestion
from wdlesson.homework.questions.codec import Array

Triple = tuple[Any, Any, Any]


# q1: best_lambda(lams, val_loss)
def _best_lambda(lams: list[float], val_loss: Any) -> float:
    """The lambda of the lowest mean over the seeds; the largest of those that tie."""
    return _lowest(lams, val_loss.mean(axis=1))


def _lowest(lams: list[float], scores: Any) -> float:
    return max(lam for lam, score in zip(lams, scores, strict=True) if score <= scores.min())


def _selection_cases(rng: np.random.Generator) -> list[Case]:
    """Lambdas in any order, three seeds to six; exact ties, the largest neither first nor last of those that tie."""
    tie = Array([[2.0, 4.0], [1.0, 3.0], [3.0, 1.0], [2.0, 2.0]])
    curves = [_curve(rng, int(rng.integers(4, 9)), int(rng.integers(3, 7))) for _ in range(15)]
    return [([3.0, 0.3, 1.0, 0.1], tie), ([10.0, 0.1, 1.0, 0.3], tie), *curves]


def _curve(rng: np.random.Generator, k: int, seeds: int) -> Case:
    """Losses with a valley and with noise, so much of it that ways to choose differ; the lambdas in any order."""
    lams = [float(lam) for lam in np.geomspace(0.01, 10, k)]
    valley = 0.15 * (np.log10(lams) - rng.uniform(-1.5, 0.5)) ** 2
    loss = 1 + valley[:, None] + 0.1 * rng.normal(size=(k, seeds))
    order = rng.permutation(k)
    return [lams[i] for i in order], Array(loss[order])


def _tied(lams: list[float], loss: Any) -> list[float]:
    mean = loss.mean(axis=1)
    return [lam for lam, score in zip(lams, mean, strict=True) if score <= mean.min()]


def _by_median(lams: list[float], loss: Any) -> float:
    return _lowest(lams, np.median(loss, axis=1))


def _by_lowest_run(lams: list[float], loss: Any) -> float:
    return _lowest(lams, loss.min(axis=1))


def _rounded(lam: float) -> float:
    """The lambda after a way through a float32 tensor."""
    return float(np.float32(lam))


ROUNDED = "The lambda went through a float32 tensor and came back rounded: take it from the list `lams` itself."
BEST_MISTAKES = (
    Mistake("You return the lambda of the highest mean loss.", lambda lams, loss: _lowest(lams, -loss.mean(axis=1))),
    Mistake("You return the position, not the lambda.", lambda lams, loss: float(np.argmin(loss.mean(axis=1)))),
    Mistake(
        "The lowest single run decides: take the mean over the seeds first, or luck chooses.",
        _by_lowest_run,
    ),
    Mistake("The median over the seeds decides; the question asks for the mean.", _by_median),
    Mistake("Only the first seed decides: take the mean over all.", lambda lams, loss: _lowest(lams, loss[:, 0])),
    Mistake("Only the last seed decides: take the mean over all.", lambda lams, loss: _lowest(lams, loss[:, -1])),
    Mistake(
        "Where two lambdas tie you take the smaller; the question asks for the larger.",
        lambda lams, loss: min(
            lam for lam, m in zip(lams, loss.mean(axis=1), strict=True) if m <= loss.mean(axis=1).min()
        ),
    ),
    Mistake(
        "Where several lambdas tie you take the first in the list; the question asks for the largest, and the list is "
        "in any order.",
        lambda lams, loss: _tied(lams, loss)[0],
    ),
    Mistake(
        "Where several lambdas tie you take the last in the list; the question asks for the largest, and the list is "
        "in any order.",
        lambda lams, loss: _tied(lams, loss)[-1],
    ),
    Mistake(ROUNDED, lambda lams, loss: _rounded(_best_lambda(lams, loss))),
    Mistake("You return the loss, not the lambda.", lambda lams, loss: float(loss.mean(axis=1).min())),
    Mistake("You return the smallest lambda whatever the losses are.", lambda lams, loss: min(lams)),
)


# q2: one_standard_error(lams, val_loss)
def _one_standard_error(lams: list[float], val_loss: Any, scale: Any = None, ddof: int = 1) -> float:
    """The largest lambda whose mean is within one standard error of the lowest mean's."""
    return max(_within(lams, val_loss, int(val_loss.mean(axis=1).argmin()), scale, ddof))


def _within(lams: list[float], val_loss: Any, best: int, scale: Any = None, ddof: int = 1) -> list[float]:
    """The lambdas whose mean is within one standard error of that of the best, in the order of the list."""
    mean = val_loss.mean(axis=1)
    error = val_loss[best].std(ddof=ddof) * (scale or (lambda seeds: 1 / math.sqrt(seeds)))(val_loss.shape[1])
    return [lam for lam, score in zip(lams, mean, strict=True) if score <= mean[best] + error]


def _nearby(lams: list[float], loss: Any) -> list[float]:
    return _within(lams, loss, int(loss.mean(axis=1).argmin()))


def _one_deviation(lams: list[float], loss: Any) -> float:
    return _one_standard_error(lams, loss, lambda seeds: 1.0)


def _rule_cases(rng: np.random.Generator) -> list[Case]:
    """Losses on which the rule does something, and on which rounding cannot decide; the first few are small."""
    cases: list[Case] = []
    while len(cases) < 20:
        sizes = (4, 3) if len(cases) < 4 else (int(rng.integers(6, 12)), int(rng.integers(3, 7)))
        case = _curve(rng, *sizes)
        if _clear(*case):
            cases.append(case)
    return cases


def _clear(lams: list[float], val_loss: Array) -> bool:
    """Whether rounding cannot decide, and the rule does something."""
    chosen = {_one_standard_error(lams, val_loss.values, lambda n, f=f: f / math.sqrt(n)) for f in (0.999, 1.001)}
    return len(chosen) == 1 and _best_lambda(lams, val_loss.values) not in chosen


RULE_MISTAKES = (
    Mistake("This is the best lambda itself; the rule allows one standard error more.", _best_lambda),
    Mistake(
        "You allow one standard deviation; the standard error is the deviation divided by sqrt(number of seeds).",
        _one_deviation,
    ),
    Mistake(
        "You divide the deviation by the number of seeds; the standard error divides by its root.",
        lambda lams, loss: _one_standard_error(lams, loss, lambda seeds: 1 / seeds),
    ),
    Mistake(
        "The deviation divides by n; that of a sample divides by n - 1.",
        lambda lams, loss: _one_standard_error(lams, loss, ddof=0),
    ),
    Mistake(
        "You return the smallest lambda within one standard error; the rule takes the largest, the simplest model.",
        lambda lams, loss: min(_nearby(lams, loss)),
    ),
    Mistake(
        "You return the last lambda in the list that is within one standard error; the list is in any order.",
        lambda lams, loss: _nearby(lams, loss)[-1],
    ),
    Mistake(
        "You return the first lambda in the list that is within one standard error; the list is in any order.",
        lambda lams, loss: _nearby(lams, loss)[0],
    ),
    Mistake(
        "Each lambda is given a standard error of its own; the rule has one, that of the lowest mean.",
        lambda lams, loss: max(
            lam
            for lam, row in zip(lams, loss, strict=True)
            if row.mean() <= loss.mean(axis=1).min() + row.std(ddof=1) / math.sqrt(len(row))
        ),
    ),
    Mistake(ROUNDED, lambda lams, loss: _rounded(_one_standard_error(lams, loss))),
    Mistake("You return the largest lambda whatever the losses are.", lambda lams, loss: max(lams)),
)


# q3: ridge(X, y, lam)
def _ridge(X: Any, y: Any, lam: float) -> tuple[Any, Any]:
    """The minimiser of J: centre, solve (X'X/n + lam I) w = X'y/n, and b = mean(y) - mean(X) . w."""
    n, d = X.shape
    A, c = X - X.mean(axis=0), y - y.mean()
    w = np.linalg.solve(A.T @ A / n + lam * np.eye(d), A.T @ c / n)
    return w, y.mean() - X.mean(axis=0) @ w


def _ridge_cases(rng: np.random.Generator) -> list[Case]:
    """More rows than columns and fewer; data that are not centred."""
    sizes = ((4, 2, 0.6), (6, 9, 2.1), (9, 3, 0.05))
    cases: list[Case] = [
        (Array(rng.normal(size=(n, d)) + 1.5), Array(rng.normal(size=n) + 2.0), lam) for n, d, lam in sizes
    ]
    return [*cases, (Array(rng.normal(size=(10, 3)) + 1, "float32"), Array(rng.normal(size=10) + 1, "float32"), 1.0)]


def _uncentred(X: Any, y: Any, lam: float) -> tuple[Any, Any]:
    n, d = X.shape
    return np.linalg.solve(X.T @ X / n + lam * np.eye(d), X.T @ y / n), np.asarray(0.0)


def _penalised_bias(X: Any, y: Any, lam: float) -> tuple[Any, Any]:
    wide = np.hstack([X, np.ones((len(X), 1))])
    both, _ = _uncentred(wide, y, lam)
    return both[:-1], both[-1]


def _mean_residual(X: Any, y: Any, lam: float) -> tuple[Any, Any]:
    w, _ = _uncentred(X, y, lam)
    return w, (y - X @ w).mean()


RIDGE_MISTAKES = (
    Mistake("The bias is penalised too: only w is. Centre X and y, or leave the bias out of lam I.", _penalised_bias),
    Mistake(
        "n is missing: that is X'X + lam I; the mean makes it X'X/n + lam I.",
        lambda X, y, lam: _ridge(X, y, lam / len(y)),
    ),
    Mistake(
        "lam is n times too strong: next to X'X/n stands lam, next to X'X stands n*lam.",
        lambda X, y, lam: _ridge(X, y, lam * len(y)),
    ),
    Mistake(
        "lam is twice too strong: the halves of both terms cancel, so no 2 is left.",
        lambda X, y, lam: _ridge(X, y, 2 * lam),
    ),
    Mistake("lam is half as strong as it must be.", lambda X, y, lam: _ridge(X, y, lam / 2)),
    Mistake("There is no bias: with data that are not centred it is not 0.", _uncentred),
    Mistake(
        "w was solved without centring, as if there were no bias; the two must be solved together.", _mean_residual
    ),
    Mistake("b is mean(y); that is right only where X is centred.", lambda X, y, lam: (_ridge(X, y, lam)[0], y.mean())),
    Mistake("lam changes nothing.", lambda X, y, lam: _least_squares(X, y)),
)


def _least_squares(X: Any, y: Any) -> tuple[Any, Any]:
    w = np.linalg.pinv(X - X.mean(axis=0)) @ (y - y.mean())
    return w, y.mean() - X.mean(axis=0) @ w


# q4: kept(X, lam)
def _kept(X: Any, lam: float) -> Any:
    """s^2/n / (s^2/n + lam) for the singular values s of the centred X, the largest first."""
    return _factors(X, lam, lambda s, n: s**2 / n)


def _factors(X: Any, lam: float, strength: Any, centred: bool = True) -> Any:
    A = X - X.mean(axis=0) if centred else X
    s = strength(np.linalg.svd(A, compute_uv=False), len(X))
    return s / (s + lam)


def _kept_cases(rng: np.random.Generator) -> list[Case]:
    """Columns of different spread, not centred, more rows than columns."""
    shapes = ((5, 2, 0.6), (20, 5, 2.1), (8, 3, 0.1))
    cases: list[Case] = [(Array(rng.normal(size=(n, d)) * np.geomspace(0.3, 3, d) + 1.0), lam) for n, d, lam in shapes]
    return [*cases, (Array(rng.normal(size=(15, 4)) * 2 + 1, "float32"), 1.0)]


KEPT_MISTAKES = (
    Mistake(
        "X is not centred: the bias takes the mean away first.",
        lambda X, lam: _factors(X, lam, lambda s, n: s**2 / n, False),
    ),
    Mistake("n is missing: the factor is s^2/n / (s^2/n + lam).", lambda X, lam: _factors(X, lam, lambda s, n: s**2)),
    Mistake("The singular values are not squared.", lambda X, lam: _factors(X, lam, lambda s, n: s / n)),
    Mistake("The singular values are not squared, and n is missing.", lambda X, lam: _factors(X, lam, lambda s, n: s)),
    Mistake("This is what is removed; the question asks for what is kept.", lambda X, lam: 1 - _kept(X, lam)),
    Mistake(
        "The order is wrong: the direction of the largest singular value comes first.",
        lambda X, lam: _kept(X, lam)[::-1],
    ),
    Mistake(
        "It divides by n - 1 (a covariance); the data loss is a mean over n.",
        lambda X, lam: _factors(X, lam, lambda s, n: s**2 / (n - 1)),
    ),
    Mistake("The factor is squared.", lambda X, lam: _kept(X, lam) ** 2),
)


# q5: adamw_step(w, m, v, grad, t, lr, lam, beta1, beta2, eps)
def _adamw_step(
    w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, beta1: float, beta2: float, eps: float
) -> Triple:
    """w <- (1 - lr*lam) w - lr * m_hat / (sqrt(v_hat) + eps), with the new m and v, corrected by 1 - beta^t."""
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return (1 - lr * lam) * w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _adamw_cases(rng: np.random.Generator) -> list[Case]:
    """The first step and later ones; an eps that shows; float32; parameters on a graph."""
    return [
        _adamw_case(rng, 2, 1, 0.1, 0.6),
        _adamw_case(rng, 4, 2, 0.3, 2.1, eps=0.7),
        _adamw_case(rng, 2, 7, 0.05, 1.1),
        _adamw_case(rng, 3, 3, 0.1, 0.0),
        _adamw_case(rng, 3, 4, 0.1, 0.5, "float32"),
        _adamw_case(rng, 3, 4, 0.1, 0.5, grad=True),
    ]


def _adamw_case(
    rng: np.random.Generator,
    d: int,
    t: int,
    lr: float,
    lam: float,
    dtype: str = "float64",
    grad: bool = False,
    eps: float = 0.01,
) -> Case:
    w, m, g = (rng.normal(size=d) for _ in range(3))
    start = 0.0 if t == 1 else 1.0
    v = start * rng.uniform(0.5, 2, size=d)
    tensors = Array(w, dtype, grad), Array(start * m, dtype), Array(v, dtype), Array(g, dtype)
    return (*tensors, t, lr, lam, 0.9, 0.99, eps)


def _adam_l2(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    return _plain(w, m, v, grad + lam * w, t, lr, 0.0, betas)


def _plain(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, betas: Any) -> Triple:
    beta1, beta2, eps = betas
    return _adamw_step(w, m, v, grad, t, lr, lam, beta1, beta2, eps)


def _adamw(how: Any) -> Any:
    """A step whose new w is `how(w, m_hat, v_hat, lr, lam, eps)`."""

    def answer(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
        beta1, beta2, eps = betas
        _, m, v = _plain(w, m, v, grad, t, lr, lam, betas)
        return how(w, m / (1 - beta1**t), v / (1 - beta2**t), lr, lam, eps), m, v

    return answer


def _uncorrected(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    _, m, v = _plain(w, m, v, grad, t, lr, lam, betas)
    eps = betas[-1]
    return (1 - lr * lam) * w - lr * m / (np.sqrt(v) + eps), m, v


def _first_correction(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    return _plain(w, m, v, grad, 1, lr, lam, betas)


def _swapped_weights(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    beta1, beta2, eps = betas
    m, v = (1 - beta1) * m + beta1 * grad, (1 - beta2) * v + beta2 * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return (1 - lr * lam) * w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _stored_corrected(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    beta1, beta2, _ = betas
    new, m, v = _plain(w, m, v, grad, t, lr, lam, betas)
    return new, m / (1 - beta1**t), v / (1 - beta2**t)


def _late(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    return _plain(w, m, v, grad, t + 1, lr, lam, betas)


def _swapped_betas(w: Any, m: Any, v: Any, grad: Any, t: int, lr: float, lam: float, *betas: float) -> Triple:
    beta1, beta2, eps = betas
    return _adamw_step(w, m, v, grad, t, lr, lam, beta2, beta1, eps)


ADAMW_MISTAKES = (
    Mistake(
        "The decay is in the gradient: that is Adam with L2, which divides it by sqrt(v) and keeps it in m. "
        "AdamW decays w itself.",
        _adam_l2,
    ),
    Mistake(
        "lam is not scaled by the learning rate: the factor is (1 - lr*lam).",
        _adamw(lambda w, m, v, lr, lam, eps: (1 - lam) * w - lr * m / (np.sqrt(v) + eps)),
    ),
    Mistake(
        "The decay is applied after the step, to the new w; it acts on the old w.",
        _adamw(lambda w, m, v, lr, lam, eps: (1 - lr * lam) * (w - lr * m / (np.sqrt(v) + eps))),
    ),
    Mistake(
        "There is no decay: lam changes nothing.", _adamw(lambda w, m, v, lr, lam, eps: w - lr * m / (np.sqrt(v) + eps))
    ),
    Mistake(
        "The sign of the decay is wrong: w grows by lr*lam instead of shrinking.",
        _adamw(lambda w, m, v, lr, lam, eps: (1 + lr * lam) * w - lr * m / (np.sqrt(v) + eps)),
    ),
    Mistake(
        "The sign is wrong: a step goes down, - lr * m_hat / (sqrt(v_hat) + eps).",
        _adamw(lambda w, m, v, lr, lam, eps: (1 - lr * lam) * w + lr * m / (np.sqrt(v) + eps)),
    ),
    Mistake("The bias correction is missing: m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t).", _uncorrected),
    Mistake(
        "The correction is that of the first step at every t: the betas are raised to the power t, 1 - beta^t.",
        _first_correction,
    ),
    Mistake(
        "beta and 1 - beta are swapped: m <- beta1 * m + (1 - beta1) * g, and the like for v.",
        _swapped_weights,
    ),
    Mistake(
        "eps is inside the root: it is sqrt(v_hat) + eps.",
        _adamw(lambda w, m, v, lr, lam, eps: (1 - lr * lam) * w - lr * m / np.sqrt(v + eps)),
    ),
    Mistake(
        "The root of v_hat is missing.",
        _adamw(lambda w, m, v, lr, lam, eps: (1 - lr * lam) * w - lr * m / (v + eps)),
    ),
    Mistake(
        "You return the corrected m_hat and v_hat; keep m and v, or the next step corrects twice.", _stored_corrected
    ),
    Mistake("t is one too high: the first step has t = 1.", _late),
    Mistake("beta1 and beta2 are swapped.", _swapped_betas),
)


# q6: groups(shapes)
def _groups(shapes: dict[str, list[int]]) -> tuple[list[str], list[str]]:
    """(names that decay, names that do not): matrices decay, vectors and scalars do not."""
    decay = [name for name, shape in shapes.items() if len(shape) >= 2]
    return decay, [name for name in shapes if name not in decay]


def _groups_cases(rng: np.random.Generator) -> list[Case]:
    """Networks with biases, normalisation layers, embeddings and convolutions; names that mislead."""
    d, h = (int(size) for size in rng.integers(3, 30, size=2))
    return [
        ({"fc1.weight": [h, d], "fc1.bias": [h], "fc2.weight": [1, h], "fc2.bias": [1]},),
        ({"conv.weight": [h, 3, 3, 3], "norm.weight": [h], "norm.bias": [h], "head.weight": [2, h], "head.bias": [2]},),
        ({"embed.weight": [d, h], "norm.weight": [h], "out.weight": [d, h], "scale": []},),
        ({"bias_net.weight": [h, d], "bias_net.bias": [h], "ln.weight": [1], "mix": [h, h]},),
        ({"temperature": []},),
    ]


def _split(decays: Any) -> Any:
    def answer(shapes: dict[str, list[int]]) -> tuple[list[str], list[str]]:
        decay = [name for name, shape in shapes.items() if decays(name, shape)]
        return decay, [name for name in shapes if name not in decay]

    return answer


GROUPS_MISTAKES = (
    Mistake("The two groups are swapped: (those that decay, those that do not).", lambda shapes: _groups(shapes)[::-1]),
    Mistake(
        "You go by names that end in bias: the weights of normalisation layers and scalars are vectors too.",
        _split(lambda name, shape: not name.endswith("bias")),
    ),
    Mistake(
        "You go by names that contain bias; go by the shape: matrices decay.",
        _split(lambda name, shape: "bias" not in name),
    ),
    Mistake(
        "You go by names that contain weight; go by the shape: the weight of a normalisation layer is a vector.",
        _split(lambda name, shape: "weight" in name),
    ),
    Mistake(
        "You go by the words bias and norm in the names; go by the shape: matrices decay.",
        _split(lambda name, shape: "bias" not in name and "norm" not in name),
    ),
    Mistake("Everything decays: vectors and scalars must not.", _split(lambda name, shape: True)),
    Mistake("Nothing decays: matrices must.", _split(lambda name, shape: False)),
    Mistake(
        "Convolutions and whatever else has more than two dimensions decay too.",
        _split(lambda name, shape: len(shape) == 2),
    ),
    Mistake(
        "Vectors decay in your groups; only what has two dimensions or more does.", _split(lambda n, s: len(s) >= 1)
    ),
    Mistake(
        "Parameters are missing: every one must be in exactly one group.",
        lambda shapes: (_groups(shapes)[0], [name for name in shapes if name.endswith("bias")]),
    ),
    Mistake(
        "Parameters are in both groups: every one must be in exactly one.",
        lambda shapes: (_groups(shapes)[0], list(shapes)),
    ),
)


# q7: half_life(lr, lam)
def _half_life(lr: float, lam: float) -> int:
    """The first t with (1 - lr*lam)^t <= 1/2."""
    return math.ceil(math.log(0.5) / math.log(1 - lr * lam))


def _half_life_cases(rng: np.random.Generator) -> list[Case]:
    """From a few steps to twenty thousand; the first in large strides, the last in some that float32 cannot count."""
    strides = [(-1.5, -0.7)] * 3 + [(-3.0, -0.7)] * 5 + [(-3.5, -3.3)]
    return [_rates(rng, low, high, 0.5 if high > -1 else -0.9) for low, high in strides]


def _rates(rng: np.random.Generator, low: float, high: float, lam_high: float) -> Case:
    """A learning rate, its exponent between two numbers, and a lambda; never near a whole number of half-lives."""
    while True:
        lr, lam = float(10 ** rng.uniform(low, high)), float(10 ** rng.uniform(-1, lam_high))
        if 0.1 < math.log(0.5) / math.log(1 - lr * lam) % 1 < 0.9:
            return lr, lam


def _half_life_in_float32(lr: float, lam: float) -> int:
    rate = np.float32(1) - np.float32(lr) * np.float32(lam)
    return math.ceil(float(np.log(np.float32(0.5)) / np.log(rate)))


HALF_LIFE_MISTAKES = (
    Mistake(
        "1 - lr*lam was rounded to float32, so small rates are lost in it: compute with plain floats and `math.log`.",
        _half_life_in_float32,
    ),
    Mistake("The learning rate is missing: one step shrinks w by lr*lam.", lambda lr, lam: _half(min(lam, 0.999))),
    Mistake("lam is missing: one step shrinks w by lr*lam.", lambda lr, lam: _half(lr)),
    Mistake("One step too few: after it w is still more than half. Round up.", lambda lr, lam: _half_life(lr, lam) - 1),
    Mistake("One step too many.", lambda lr, lam: _half_life(lr, lam) + 1),
    Mistake(
        "Rounded to the nearest: where that is down, w is still more than half. Always round up.",
        lambda lr, lam: round(math.log(0.5) / math.log(1 - lr * lam)),
    ),
    Mistake(
        "ln 2 / (lr*lam) is right only where lr*lam is tiny: use the logarithm of 1 - lr*lam.",
        lambda lr, lam: math.ceil(math.log(2) / (lr * lam)),
    ),
    Mistake(
        "The decay is twice too strong: the factor of one step is 1 - lr*lam.", lambda lr, lam: _half(2 * lr * lam)
    ),
    Mistake(
        "This is 1/(lr*lam), the time in which w shrinks to 1/e, not to a half.",
        lambda lr, lam: math.ceil(1 / (lr * lam)),
    ),
    Mistake(
        "w shrinks geometrically, not by lr*lam of its start in each step.", lambda lr, lam: math.ceil(0.5 / (lr * lam))
    ),
)


def _half(rate: float) -> int:
    return math.ceil(math.log(0.5) / math.log(1 - min(rate, 0.999)))


def _rule_from(best_lambda: Any) -> Any:
    """The rule with another way to find the best lambda."""
    return lambda lams, loss: max(_within(lams, loss, lams.index(best_lambda(lams, loss))))


RULE_CARRIED = Carried(("hw2.q1",), _rule_from, lambda best_lambda: [best_lambda, lambda lams, loss: max(lams)])

ASSIGNMENT = Assignment(
    "hw2",
    questions=(
        Question(
            "hw2.q1",
            "best_lambda",
            2,
            ("lams", "val_loss"),
            ("the lambda",),
            _best_lambda,
            _selection_cases,
            BEST_MISTAKES,
        ),
        Question(
            "hw2.q2",
            "one_standard_error",
            3,
            ("lams", "val_loss"),
            ("the lambda",),
            _one_standard_error,
            _rule_cases,
            RULE_MISTAKES,
            carried=(RULE_CARRIED,),
        ),
        Question("hw2.q3", "ridge", 4, ("X", "y", "lam"), ("w", "b"), _ridge, _ridge_cases, RIDGE_MISTAKES),
        Question("hw2.q4", "kept", 3, ("X", "lam"), ("the factors",), _kept, _kept_cases, KEPT_MISTAKES),
        Question(
            "hw2.q5",
            "adamw_step",
            4,
            ("w", "m", "v", "grad", "t", "lr", "lam", "beta1", "beta2", "eps"),
            ("w", "m", "v"),
            _adamw_step,
            _adamw_cases,
            ADAMW_MISTAKES,
            graph="cut",
        ),
        Question("hw2.q6", "groups", 2, ("shapes",), ("decay", "no_decay"), _groups, _groups_cases, GROUPS_MISTAKES),
        Question(
            "hw2.q7",
            "half_life",
            2,
            ("lr", "lam"),
            ("the number of steps",),
            _half_life,
            _half_life_cases,
            HALF_LIFE_MISTAKES,
        ),
    ),
    written=(WrittenQuestion("hw2.w1", 3), WrittenQuestion("hw2.w2", 2)),
)
