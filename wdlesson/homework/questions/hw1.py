"""Homework 1, by hand: the penalty, the gradient, the decayed step, the training loop, the conventions.

The answers are NumPy in float64 and stand alone: nothing here comes from the modules that the pages teach.
"""

from typing import Any

import numpy as np

from wdlesson.homework.questions.base import Assignment, Carried, Case, Mistake, Question, WrittenQuestion
from wdlesson.homework.questions.codec import Array

Pair = tuple[Any, Any]


# q1: penalty(w, lam)
def _penalty(w: Any, lam: float) -> Any:
    """lam/2 * ||w||^2."""
    return lam / 2 * (w @ w)


def _penalty_cases(rng: np.random.Generator) -> list[Case]:
    """Some sizes and lambdas, one of them 0; one in float32 and one on an autograd graph."""
    return [
        (Array(rng.normal(size=4)), 2.9),
        (Array(rng.normal(size=1)), 0.6),
        (Array(rng.normal(size=50), requires_grad=True), 0.1),
        (Array(rng.normal(size=7), "float32"), 2.5),
        (Array(rng.normal(size=3)), 0.0),
    ]


PENALTY_MISTAKES = (
    Mistake("The half is missing: the penalty is lam/2 * ||w||^2.", lambda w, lam: lam * (w @ w)),
    Mistake("The norm is not squared: the penalty is lam/2 * ||w||^2.", lambda w, lam: lam / 2 * np.sqrt(w @ w)),
    Mistake(
        "The norm is not squared and the half is missing: the penalty is lam/2 * ||w||^2.",
        lambda w, lam: lam * np.sqrt(w @ w),
    ),
    Mistake("lam is missing: you return ||w||^2 / 2.", lambda w, lam: w @ w / 2),
    Mistake("lam and the half are missing: you return ||w||^2.", lambda w, lam: w @ w),
    Mistake("The squares are averaged; ||w||^2 is their sum.", lambda w, lam: lam / 2 * np.mean(w * w)),
    Mistake("These are absolute values (L1); the L2 penalty sums squares.", lambda w, lam: lam / 2 * np.abs(w).sum()),
    Mistake("These are absolute values (L1); the L2 penalty sums squares.", lambda w, lam: lam * np.abs(w).sum()),
    Mistake("The sign is wrong: the penalty is never negative.", lambda w, lam: -lam / 2 * (w @ w)),
)


# q2: gradient(X, y, w, b)
def _gradient(X: Any, y: Any, w: Any, b: Any) -> Pair:
    """The gradient of 1/(2n) * ||X w + b - y||^2: (X'r/n, mean(r))."""
    r = X @ w + b - y
    return X.T @ r / len(y), r.mean()


def _gradient_cases(rng: np.random.Generator) -> list[Case]:
    """More rows than columns and fewer, one row alone, one case in float32."""
    return [
        _data(rng, 3, 2),
        _data(rng, 5, 8),
        _data(rng, 1, 2),
        _data(rng, 9, 4, "float32"),
    ]


def _data(rng: np.random.Generator, n: int, d: int, dtype: str = "float64", grad: bool = False) -> Case:
    """X: (n, d), y: (n,), w: (d,), b: ()."""
    shapes: tuple[tuple[int, ...], ...] = ((n, d), (n,), (d,), ())
    X, y, w, b = (rng.normal(size=shape) for shape in shapes)
    return Array(X, dtype), Array(y, dtype), Array(w, dtype, grad), Array(b + 1.0, dtype, grad)


def _scaled(grad_w_by: float, grad_b_by: float) -> Any:
    def answer(X: Any, y: Any, w: Any, b: Any) -> Pair:
        grad_w, grad_b = _gradient(X, y, w, b)
        return grad_w_by * grad_w, grad_b_by * grad_b

    return answer


def _summed(X: Any, y: Any, w: Any, b: Any) -> Pair:
    grad_w, grad_b = _gradient(X, y, w, b)
    return len(y) * grad_w, len(y) * grad_b


def _crossed(X: Any, y: Any, w: Any, b: Any) -> Pair:
    """The gradient where (n, 1) meets (n,): of half the mean over all pairs of a prediction and a target."""
    r = X @ w + b - y.mean()
    return X.T @ r / len(y), r.mean()


def _crossed_sum(X: Any, y: Any, w: Any, b: Any) -> Pair:
    """The same, summed over all n^2 pairs and divided by n."""
    grad_w, grad_b = _crossed(X, y, w, b)
    return len(y) * grad_w, len(y) * grad_b


def _crossed_double(X: Any, y: Any, w: Any, b: Any) -> Pair:
    """The same without the half, as `nn.MSELoss` has it."""
    grad_w, grad_b = _crossed(X, y, w, b)
    return 2 * grad_w, 2 * grad_b


CROSSED = (
    "Predictions of shape (n, 1) meet y of shape (n,): their difference is (n, n), each prediction minus each target. "
    "Give both the same shape."
)
GRADIENT_MISTAKES = (
    Mistake(
        "Both are twice too large: that is the gradient of the loss without its half. "
        "The data loss is 1/(2n) * ||X w + b - y||^2.",
        _scaled(2, 2),
    ),
    Mistake("The sign is wrong: the residual is X w + b - y, not y - X w - b.", _scaled(-1, -1)),
    Mistake("The 1/n is missing: the data loss is a mean over the examples, not a sum.", _summed),
    Mistake(
        "The 1/n is missing in grad_b: it is the mean of the residuals, not their sum.",
        lambda X, y, w, b: (_gradient(X, y, w, b)[0], len(y) * _gradient(X, y, w, b)[1]),
    ),
    Mistake(
        "The 1/n is missing in grad_w: the data loss is a mean over the examples, not a sum.",
        lambda X, y, w, b: (len(y) * _gradient(X, y, w, b)[0], _gradient(X, y, w, b)[1]),
    ),
    Mistake(
        "b is missing from the residual: it is X w + b - y.",
        lambda X, y, w, b: _gradient(X, y, w, 0.0),
    ),
    Mistake(
        "Both the half and the 1/n are missing: the data loss is 1/(2n) * ||X w + b - y||^2.",
        lambda X, y, w, b: tuple(2 * g for g in _summed(X, y, w, b)),
    ),
    Mistake("Both are half of what they should be: the 2 of the square cancels the half.", _scaled(0.5, 0.5)),
    Mistake("The sign of grad_b is wrong, grad_w is right.", _scaled(1, -1)),
    Mistake("grad_b is twice too large, grad_w is right.", _scaled(1, 2)),
    Mistake("grad_w is twice too large, grad_b is right.", _scaled(2, 1)),
    Mistake(
        "The gradient divides by d, the number of features; the mean is over the n examples.",
        lambda X, y, w, b: tuple(g * len(y) / len(w) for g in _gradient(X, y, w, b)),
    ),
    Mistake(CROSSED, _crossed),
    Mistake(CROSSED, _crossed_sum),
    Mistake(CROSSED, _crossed_double),
)


# q3: step(w, b, grad_w, grad_b, lr, lam)
def _step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """w <- (1 - lr*lam) w - lr * grad_w; b <- b - lr * grad_b."""
    return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b


def _step_cases(rng: np.random.Generator) -> list[Case]:
    """Small and large rates, no decay at all, float32, and parameters on a graph."""
    return [
        _step_case(rng, 3, 0.1, 2.9),
        _step_case(rng, 5, 0.003, 0.7),
        _step_case(rng, 2, 0.3, 0.0),
        _step_case(rng, 4, 0.05, 2.0, "float32"),
        _step_case(rng, 6, 0.2, 1.6, grad=True),
    ]


def _step_case(
    rng: np.random.Generator, d: int, lr: float, lam: float, dtype: str = "float64", grad: bool = False
) -> Case:
    w, grad_w = (rng.normal(size=d) for _ in range(2))
    b, grad_b = (rng.normal() + 1 for _ in range(2))
    return Array(w, dtype, grad), Array(b, dtype, grad), Array(grad_w, dtype), Array(grad_b, dtype), lr, lam


def _no_decay(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that forgets to decay."""
    return _step(w, b, grad_w, grad_b, lr, 0.0)


def _decayed_bias(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that decays the bias as well."""
    return _step(w, b, grad_w, grad_b, lr, lam)[0], (1 - lr * lam) * b - lr * grad_b


def _unscaled(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step whose decay is not scaled by the learning rate."""
    return (1 - lam) * w - lr * grad_w, b - lr * grad_b


def _decay_after(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that decays what the gradient step has made."""
    return (1 - lr * lam) * (w - lr * grad_w), b - lr * grad_b


def _wrong_sign(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that goes up the gradient."""
    return (1 - lr * lam) * w + lr * grad_w, b + lr * grad_b


def _growth(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step whose weights grow instead of decaying."""
    return (1 + lr * lam) * w - lr * grad_w, b - lr * grad_b


def _twice(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that decays twice as much: the penalty without its half."""
    return _step(w, b, grad_w, grad_b, lr, 2 * lam)[0], b - lr * grad_b


def _half(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that decays half as much: lam/2 where lam belongs."""
    return _step(w, b, grad_w, grad_b, lr, lam / 2)


def _full_gradient(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step whose learning rate scales the decay alone."""
    return (1 - lr * lam) * w - grad_w, b - grad_b


def _fixed_bias(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that leaves the bias where it is."""
    return _step(w, b, grad_w, grad_b, lr, lam)[0], b


def _double(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step along 2/n and 2 lam, or 2 alpha: everything twice."""
    return _step(w, b, grad_w, grad_b, 2 * lr, lam)


def _added_penalty(scale: float) -> Any:
    """The step that adds the penalty, a number, to the gradient."""

    def step(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
        return w - lr * (grad_w + scale * lam * (w @ w)), b - lr * grad_b

    return step


def _signs(w: Any, b: Any, grad_w: Any, grad_b: Any, lr: float, lam: float) -> Pair:
    """The step that decays every weight by the same amount, as an L1 penalty does."""
    return w - lr * (grad_w + lam * np.sign(w)), b - lr * grad_b


DECAYED_BIAS = "The bias is decayed too: only w is penalised, b is never."
UNSCALED = "lam is not scaled by the learning rate: the factor is (1 - lr*lam)."
DECAY_AFTER = (
    "The decay is applied after the step, to the new w: both the decay and the gradient act on the old w, "
    "(1 - lr*lam) w - lr * grad_w."
)
NO_DECAY = "There is no decay: lam changes nothing."
HALF = (
    "The decay is half of what it should be: the gradient of lam/2 * ||w||^2 is lam * w, since the 2 cancels the half."
)
WRONG_SIGN = "The sign is wrong: a step goes down the gradient, - lr * grad."
DOUBLE = (
    "Everything is twice too large, the gradient and the decay: that is the gradient of mean(r^2) + lam * ||w||^2. "
    "Both halves of J are missing."
)
ADDED_PENALTY = (
    "The penalty itself is added to the gradient, the same number for each weight; its gradient is lam * w, a vector."
)
SIGNS = "Every weight decays by the same amount, sign(w): that is L1. The gradient of the L2 penalty is lam * w."
STEP_MISTAKES = (
    Mistake(DECAYED_BIAS, _decayed_bias),
    Mistake(WRONG_SIGN, _wrong_sign),
    Mistake(UNSCALED, _unscaled),
    Mistake(DECAY_AFTER, _decay_after),
    Mistake(NO_DECAY, _no_decay),
    Mistake("The sign of the decay is wrong: w grows by lr*lam instead of shrinking.", _growth),
    Mistake(
        "The decay is twice too strong: the gradient of lam/2 * ||w||^2 is lam * w, since the half cancels the 2.",
        _twice,
    ),
    Mistake(HALF, _half),
    Mistake("The learning rate is missing from the gradient: a step is - lr * grad.", _full_gradient),
    Mistake("b is not updated: it takes a step too, without decay.", _fixed_bias),
    Mistake(DOUBLE, _double),
    Mistake(ADDED_PENALTY, _added_penalty(1 / 2)),
    Mistake(ADDED_PENALTY, _added_penalty(1)),
    Mistake(SIGNS, _signs),
)


# q4: train(X, y, w, b, lr, lam, steps)
def _train(
    X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int, one: Any = _step, grad: Any = _gradient
) -> Pair:
    """Full-batch gradient descent with weight decay."""
    return _train_minibatch(X, y, w, b, lr, lam, [slice(None)] * steps, one, grad)


def _train_cases(rng: np.random.Generator) -> list[Case]:
    """From no step at all to twelve; float32; parameters on a graph."""
    return [
        (*_data(rng, 3, 2), 0.1, 0.6, 5),
        (*_data(rng, 5, 7), 0.02, 0.3, 12),
        (*_data(rng, 6, 2), 0.2, 0.3, 1),
        (*_data(rng, 6, 2), 0.2, 0.0, 3),
        (*_data(rng, 4, 2), 0.1, 1.1, 0),
        (*_data(rng, 7, 3, "float32"), 0.1, 1.0, 4),
        (*_data(rng, 7, 3, grad=True), 0.1, 1.1, 4),
    ]


def _bias_after(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, steps: int) -> Pair:
    for _ in range(steps):
        w = _step(w, b, *_gradient(X, y, w, b), lr, lam)[0]
        b = b - lr * _gradient(X, y, w, b)[1]
    return w, b


def _steps(change: int) -> Any:
    return lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, max(steps + change, 0))


def _accumulated(with_decay: bool) -> Any:
    """How to sum up the gradients of all steps, as autograd does unless they are set to 0."""

    def train(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
        sum_w, sum_b = np.zeros_like(w), np.zeros_like(b)
        for rows in batches:
            grad_w, grad_b = _gradient(X[rows], y[rows], w, b)
            sum_w, sum_b = sum_w + grad_w + (lam * w if with_decay else 0), sum_b + grad_b
            w, b = _step(w, b, sum_w, sum_b, lr, 0 if with_decay else lam)
        return w, b

    return train


def _train_minibatch(
    X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any, one: Any = _step, grad: Any = _gradient
) -> Pair:
    """One decayed step for each batch of row numbers, on the mean over that batch."""
    for rows in batches:
        grad_w, grad_b = grad(X[rows], y[rows], w, b)
        w, b = one(w, b, grad_w, grad_b, lr, lam)
    return w, b


def _by(one: Any = _step, grad: Any = _gradient) -> Any:
    return lambda X, y, w, b, lr, lam, batches: _train_minibatch(X, y, w, b, lr, lam, batches, one, grad)


def _in_full(answer: Any) -> Any:
    """The training with full batches of one that takes a list of batches."""
    return lambda X, y, w, b, lr, lam, steps: answer(X, y, w, b, lr, lam, [slice(None)] * steps)


FORGOTTEN_ZERO = (
    "Each step adds its gradient to those before: set them to 0 first, `.grad = None` or `optimizer.zero_grad()`."
)
SHARED_MISTAKES = (  # of both training loops
    (DECAYED_BIAS, _by(_decayed_bias)),
    (NO_DECAY, _by(_no_decay)),
    (UNSCALED, _by(_unscaled)),
    (DECAY_AFTER, _by(_decay_after)),
    (WRONG_SIGN, _by(_wrong_sign)),
    ("The decay is twice too strong: the gradient of lam/2 * ||w||^2 is lam * w.", _by(_twice)),
    (HALF, _by(_half)),
    ("b stays where it was: it takes a step too, without decay.", _by(_fixed_bias)),
    (DOUBLE, _by(_double)),
    (ADDED_PENALTY, _by(_added_penalty(1 / 2))),
    (ADDED_PENALTY, _by(_added_penalty(1))),
    (SIGNS, _by(_signs)),
    (CROSSED, _by(grad=_crossed)),
    (CROSSED, _by(grad=_crossed_sum)),
    (CROSSED, _by(grad=_crossed_double)),
    (FORGOTTEN_ZERO, _accumulated(with_decay=False)),
    (FORGOTTEN_ZERO, _accumulated(with_decay=True)),
)
TRAIN_MISTAKES = (
    *(Mistake(message, _in_full(answer)) for message, answer in SHARED_MISTAKES),
    Mistake("One step too few is taken.", _steps(-1)),
    Mistake("One step too many is taken.", _steps(+1)),
    Mistake(
        "Only one step is taken: does `return` stand inside the loop, or the loop start from the same w each time?",
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, min(steps, 1)),
    ),
    Mistake(
        "One step is always taken, whatever `steps` says.",
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, 1),
    ),
    Mistake(
        "The gradient is computed once, before the loop; each step needs it anew, at its own w and b.",
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, steps, grad=lambda *_: _gradient(X, y, w, b)),
    ),
    Mistake(
        "b moves along a gradient that was computed with the new w: compute both gradients first, then move both.",
        _bias_after,
    ),
    Mistake(
        "The gradient is a sum over the examples; the data loss is their mean.",
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, steps, grad=_summed),
    ),
    Mistake(
        "The gradient is twice too large: the data loss has a half, 1/(2n) * ||X w + b - y||^2.",
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, steps, grad=_scaled(2, 2)),
    ),
)


# q5: train_minibatch(X, y, w, b, lr, lam, batches)
def _minibatch_cases(rng: np.random.Generator) -> list[Case]:
    """Batches that divide n and batches that do not."""
    return [
        (*_data(rng, 3, 2), 0.1, 0.6, _batches(rng, 3, 2)),
        (*_data(rng, 7, 5), 0.03, 0.9, _batches(rng, 7, 3) + _batches(rng, 7, 3)),
        (*_data(rng, 5, 2), 0.2, 1.1, _batches(rng, 5, 1)),
        (*_data(rng, 6, 2), 0.2, 0.0, _batches(rng, 6, 4)),
        (*_data(rng, 7, 3, "float32"), 0.1, 1.0, _batches(rng, 7, 4)),
        (*_data(rng, 7, 3, grad=True), 0.1, 1.1, _batches(rng, 7, 4)),
    ]


def _batches(rng: np.random.Generator, n: int, size: int) -> list[Array]:
    order = rng.permutation(n)
    return [Array(order[start : start + size], "int64") for start in range(0, n, size)]


def _times(scale: Any) -> Any:
    """Each batch's gradient times `scale(size of the batch, number of examples)`."""

    def answer(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
        for rows in batches:
            by = scale(len(rows), len(y))
            grad_w, grad_b = _gradient(X[rows], y[rows], w, b)
            w, b = _step(w, b, by * grad_w, by * grad_b, lr, lam)
        return w, b

    return answer


def _first_size(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
    return _times(lambda size, n: size / len(batches[0]))(X, y, w, b, lr, lam, batches)  # type: ignore[no-any-return]


def _by_first_size(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
    """The sum over a batch, penalty and all, divided by one batch size."""
    for rows in batches:
        w, b = _step(w, b, *_gradient(X[rows], y[rows], w, b), lr * len(rows) / len(batches[0]), lam)
    return w, b


def _decayed_once(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
    for i, rows in enumerate(batches):
        w, b = _step(w, b, *_gradient(X[rows], y[rows], w, b), lr, lam if i == len(batches) - 1 else 0.0)
    return w, b


def _whole_batches(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
    full = [rows for rows in batches if len(rows) == len(batches[0])]
    return _train_minibatch(X, y, w, b, lr, lam, full)


def _picked(which: slice) -> Any:
    return lambda X, y, w, b, lr, lam, batches: _train_minibatch(X, y, w, b, lr, lam, batches[which])


MINIBATCH_MISTAKES = (
    Mistake(
        "The gradient of a batch is divided by n; it is a mean over the examples of that batch alone.",
        _times(lambda size, n: size / n),
    ),
    Mistake(
        "The gradient of a batch is a sum over its examples; it is their mean.",
        _times(lambda size, n: size),
    ),
    Mistake(
        "The gradient is twice too large: the data loss has a half, 1/(2n) * ||X w + b - y||^2.",
        _times(lambda size, n: 2),
    ),
    Mistake("The last batch is divided by the size of the others; its own size counts.", _first_size),
    Mistake("The weights decay once, at the end; every step decays them.", _decayed_once),
    Mistake("The last batch is left out where it is smaller than the others; it takes a step too.", _whole_batches),
    Mistake(
        "Every step uses all the data: use the rows of the batch, X[rows] and y[rows].",
        lambda X, y, w, b, lr, lam, batches: _train(X, y, w, b, lr, lam, len(batches)),
    ),
    Mistake("Only the first batch is used.", _picked(slice(1))),
    Mistake("Only the last batch is used.", _picked(slice(-1, None))),
    Mistake("The batches are used in the opposite order.", _picked(slice(None, None, -1))),
    Mistake(
        "Each batch is divided by the size of the others, the decay with it: the last one decays w too little.",
        _by_first_size,
    ),
    Mistake(
        "Every batch is divided by n over the number of batches; its own size counts.",
        lambda *a: _times(lambda size, n: size * len(a[6]) / n)(*a),
    ),
    *(Mistake(message, answer) for message, answer in SHARED_MISTAKES),
)


# q6: convert(value, source, target, n)
def _convert(value: float, source: str, target: str, n: int) -> float:
    """The same minimiser in another convention: half-mse lam, torch 2 lam, sklearn n lam."""
    multiple = {"half-mse": 1.0, "torch": 2.0, "sklearn": float(n)}
    return value * multiple[target] / multiple[source]


def _convert_cases(rng: np.random.Generator) -> list[Case]:
    """All nine directions, and a value of 0."""
    names = ("half-mse", "torch", "sklearn")
    pairs = sorted(((source, target) for source in names for target in names), key=lambda pair: pair[0] == pair[1])
    cases: list[Case] = [(float(rng.uniform(0.1, 5)), s, t, int(rng.integers(5, 90))) for s, t in pairs]
    return [*cases, (0.0, "torch", "sklearn", 20)]


def _multiples(torch: float, sklearn: Any) -> Any:
    def answer(value: float, source: str, target: str, n: int) -> float:
        multiple = {"half-mse": 1.0, "torch": torch, "sklearn": float(sklearn(n))}
        return value * multiple[target] / multiple[source]

    return answer


CONVERT_MISTAKES = (
    Mistake("The direction is wrong: you convert from target to source.", lambda v, s, t, n: _convert(v, t, s, n)),
    Mistake("n is missing: scikit-learn sums over the examples, so its alpha is n * lam.", _multiples(2, lambda n: 1)),
    Mistake(
        "The factor of torch is missing: nn.MSELoss has no half, so its weight_decay is 2 * lam.",
        _multiples(1, lambda n: n),
    ),
    Mistake(
        "The factor of torch is upside down: nn.MSELoss has no half, so its weight_decay is 2 * lam, not lam / 2.",
        _multiples(0.5, lambda n: n),
    ),
    Mistake(
        "The factor of scikit-learn is n, not 2n: it drops both the 1/n and the half from both terms.",
        _multiples(2, lambda n: 2 * n),
    ),
    Mistake(
        "The factor of scikit-learn is n, not n/2: its penalty alpha * ||w||^2 has no half either.",
        _multiples(2, lambda n: n / 2),
    ),
    Mistake("The factor of scikit-learn is upside down: alpha is n * lam.", _multiples(2, lambda n: 1 / n)),
    Mistake("The value comes back unchanged.", lambda v, s, t, n: v),
)


# q7: record(X, y, w, b, lam)
def _record(X: Any, y: Any, w: Any, b: Any, lam: float) -> tuple[float, float, float]:
    """(data loss, penalty, norm), apart."""
    r = X @ w + b - y
    return float(r @ r / (2 * len(y))), float(lam / 2 * (w @ w)), float(np.sqrt(w @ w))


def _record_cases(rng: np.random.Generator) -> list[Case]:
    """As for the gradient, with a lambda; one of them 0."""
    return [
        (*_data(rng, 3, 2), 2.9),
        (*_data(rng, 4, 9), 0.2),
        (*_data(rng, 5, 2), 0.0),
        (*_data(rng, 8, 3, "float32"), 1.5),
        (*_data(rng, 8, 3, grad=True), 1.5),
    ]


def _crossed_loss(X: Any, y: Any, w: Any, b: Any) -> float:
    """Half the mean over all pairs of a prediction and a target."""
    return float(np.square((X @ w + b)[:, None] - y).mean() / 2)


RECORD_MISTAKES = (
    Mistake(
        "The penalty is inside the data loss: the two are recorded apart.",
        lambda *a: (sum(_record(*a)[:2]), *_record(*a)[1:]),
    ),
    Mistake(
        "The half is missing in the data loss: 1/(2n) * ||X w + b - y||^2.",
        lambda *a: (2 * _record(*a)[0], *_record(*a)[1:]),
    ),
    Mistake(
        "The 1/n is missing in the data loss: it is a mean over the examples.",
        lambda *a: (len(a[1]) * _record(*a)[0], *_record(*a)[1:]),
    ),
    Mistake(
        "The half is missing in the penalty: lam/2 * ||w||^2.",
        lambda *a: (_record(*a)[0], 2 * _record(*a)[1], _record(*a)[2]),
    ),
    Mistake(
        "The penalty lacks its lam: it is lam/2 * ||w||^2.",
        lambda *a: (_record(*a)[0], float(a[2] @ a[2]) / 2, _record(*a)[2]),
    ),
    Mistake("The norm is squared: ||w|| is the root.", lambda *a: (*_record(*a)[:2], _record(*a)[2] ** 2)),
    Mistake(
        "The norm is half its square: ||w|| is the root of the sum of squares.",
        lambda *a: (*_record(*a)[:2], _record(*a)[2] ** 2 / 2),
    ),
    Mistake(
        "The norm sums absolute values (L1); ||w|| is the root of the sum of squares.",
        lambda *a: (*_record(*a)[:2], float(np.abs(a[2]).sum())),
    ),
    Mistake(
        "b is missing from the data loss.",
        lambda X, y, w, b, lam: (_record(X, y, w, 0, lam)[0], *_record(X, y, w, b, lam)[1:]),
    ),
    Mistake(
        "b is in the penalty: only w is penalised.",
        lambda *a: (_record(*a)[0], float(_record(*a)[1] + a[4] / 2 * a[3] ** 2), _record(*a)[2]),
    ),
    Mistake(CROSSED, lambda *a: (_crossed_loss(*a[:4]), *_record(*a)[1:])),
    Mistake(CROSSED, lambda *a: (len(a[1]) * _crossed_loss(*a[:4]), *_record(*a)[1:])),
)


def _no_step(X: Any, y: Any, w: Any, b: Any, *_: Any) -> Pair:
    return w, b


def _easier_trainings(gradient: Any, step: Any) -> list[Any]:
    """No loop, or one that ends too early, with these functions."""
    return [
        _no_step,
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, min(steps, 1), step, gradient),
        lambda X, y, w, b, lr, lam, steps: _train(X, y, w, b, lr, lam, max(steps - 1, 0), step, gradient),
    ]


def _easier_minibatches(train: Any) -> list[Any]:
    """No loop, or one that ends too early; `train` trains on some batches."""
    return [
        _no_step,
        lambda *given: train(*given[:6], given[6][:1]),
        lambda *given: train(*given[:6], given[6][:-1]),
    ]


def _by_training(train: Any) -> Any:
    """Minibatches by one step of a training loop on the rows of each."""

    def answer(X: Any, y: Any, w: Any, b: Any, lr: float, lam: float, batches: Any) -> Pair:
        for rows in batches:
            w, b = train(X[rows], y[rows], w, b, lr, lam, 1)
        return w, b

    return answer


def _recorded_with(penalty: Any) -> Any:
    return lambda *a: (_record(*a)[0], float(penalty(a[2], a[4])), _record(*a)[2])


TRAIN_CARRIED = Carried(
    ("hw1.q2", "hw1.q3"),
    lambda gradient, step: _in_full(_by(step, gradient)),
    _easier_trainings,
)
MINIBATCH_CARRIED = (
    Carried(
        ("hw1.q2", "hw1.q3"),
        lambda gradient, step: _by(step, gradient),
        lambda gradient, step: _easier_minibatches(_by(step, gradient)),
    ),
    Carried(("hw1.q4",), _by_training, lambda train: _easier_minibatches(_by_training(train))),
)
RECORD_CARRIED = Carried(("hw1.q1",), _recorded_with, lambda penalty: [_recorded_with(lambda w, lam: 0.0)])

ASSIGNMENT = Assignment(
    "hw1",
    questions=(
        Question(
            "hw1.q1",
            "penalty",
            2,
            ("w", "lam"),
            ("the penalty",),
            _penalty,
            _penalty_cases,
            PENALTY_MISTAKES,
            graph="kept",
        ),
        Question(
            "hw1.q2",
            "gradient",
            3,
            ("X", "y", "w", "b"),
            ("grad_w", "grad_b"),
            _gradient,
            _gradient_cases,
            GRADIENT_MISTAKES,
        ),
        Question(
            "hw1.q3",
            "step",
            3,
            ("w", "b", "grad_w", "grad_b", "lr", "lam"),
            ("w", "b"),
            _step,
            _step_cases,
            STEP_MISTAKES,
            graph="cut",
        ),
        Question(
            "hw1.q4",
            "train",
            4,
            ("X", "y", "w", "b", "lr", "lam", "steps"),
            ("w", "b"),
            _train,
            _train_cases,
            TRAIN_MISTAKES,
            graph="cut",
            carried=(TRAIN_CARRIED,),
        ),
        Question(
            "hw1.q5",
            "train_minibatch",
            3,
            ("X", "y", "w", "b", "lr", "lam", "batches"),
            ("w", "b"),
            _train_minibatch,
            _minibatch_cases,
            MINIBATCH_MISTAKES,
            graph="cut",
            carried=MINIBATCH_CARRIED,
        ),
        Question(
            "hw1.q6",
            "convert",
            3,
            ("value", "source", "target", "n"),
            ("the converted value",),
            _convert,
            _convert_cases,
            CONVERT_MISTAKES,
        ),
        Question(
            "hw1.q7",
            "record",
            2,
            ("X", "y", "w", "b", "lam"),
            ("the data loss", "the penalty", "the norm"),
            _record,
            _record_cases,
            RECORD_MISTAKES,
            carried=(RECORD_CARRIED,),
        ),
    ),
    written=(WrittenQuestion("hw1.w1", 2), WrittenQuestion("hw1.w2", 3)),
)
