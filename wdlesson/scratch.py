"""Weight decay from tensors alone: the penalty, the gradient, the decayed step, the training."""

from torch import Tensor

from wdlesson import protocol
from wdlesson.data import Problem
from wdlesson.history import History


def l2_penalty(w: Tensor) -> Tensor:
    """Half the squared norm, ||w||^2 / 2; lam times this is the penalty."""
    return (w @ w) / 2


def gradient(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient of the data loss 1/(2n) * ||X w + b - y||^2.

    X: (n, d), y: (n,), w: (d,), b: (). Returns (X'r/n, mean(r)) for the residual r = X w + b - y.
    """
    residual = X @ w + b - y
    return X.T @ residual / len(y), residual.mean()


def step(w: Tensor, b: Tensor, grad: tuple[Tensor, Tensor], *, lr: float, lam: float) -> tuple[Tensor, Tensor]:
    """One decayed step: w <- (1 - lr*lam) w - lr * grad_w and, without decay, b <- b - lr * grad_b."""
    grad_w, grad_b = grad
    return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b


def steps(
    problem: Problem,
    *,
    lam: float,
    lr: float,
    epochs: int,
    batch_size: int,
    init_std: float = 1.0,
    seed: int = 0,
) -> protocol.Iterates:
    """Yield the iterates (w, b), the start first, of minibatch gradient descent with weight decay."""
    protocol.check_settings(lam, lr, epochs, batch_size)
    X, y = problem.X_train, problem.y_train
    w, b = protocol.start(problem, init_std, seed)
    yield w, b
    for rows in protocol.minibatches(problem.n, batch_size, epochs, seed):
        w, b = step(w, b, gradient(X[rows], y[rows], w, b), lr=lr, lam=lam)
        yield w, b


def train(
    problem: Problem,
    *,
    lam: float,
    lr: float = 0.003,
    epochs: int = 100,
    batch_size: int = 5,
    init_std: float = 1.0,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train a linear model on the objective J(w, b) by minibatch gradient descent with weight decay.

    Parameters
    ----------
    problem
        The data; their dtype and device are those of the run.
    lam
        The strength of the penalty lam/2 * ||w||^2, 0 or more.
    lr
        The learning rate.
    epochs, batch_size
        Passes over the data, and the examples in one step.
    init_std
        The weights start as N(0, init_std^2), the bias at 0.
    seed
        Decides the start and the batches; the data have a seed of their own.
    progress
        Whether a training of more than a second shows a progress bar.

    Returns
    -------
    History
        Losses, penalty and norm after every epoch, and the weights at the end.

    Raises
    ------
    ValueError
        For a setting out of range.
    DivergenceError
        When the learning rate is too large: it says at which step, and which would be stable.
    """
    iterates = steps(problem, lam=lam, lr=lr, epochs=epochs, batch_size=batch_size, init_std=init_std, seed=seed)
    return protocol.record(problem, iterates, lam=lam, lr=lr, epochs=epochs, batch_size=batch_size, progress=progress)
