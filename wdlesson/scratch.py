"""Weight decay from tensors alone: the penalty, the gradient, the decayed step, the training."""

from collections.abc import Iterator

from torch import Tensor

from wdlesson import checks, protocol
from wdlesson.data import Problem
from wdlesson.history import History


def l2_penalty(w: Tensor) -> Tensor:
    """Compute half the squared norm, ||w||^2 / 2; lam times this is the penalty.

    Parameters
    ----------
    w : torch.Tensor
        The weights, (d,).

    Returns
    -------
    torch.Tensor
        A single number, ().

    Raises
    ------
    ValueError
        For another shape or a dtype that is not floating point (`TypeError` for what is no tensor).
    """
    if checks.tensor("w", w).ndim != 1:
        raise ValueError(f"w has shape {tuple(w.shape)}; it must be (d,)")
    return (w @ w) / 2


def gradient(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the gradient of the data loss 1/(2n) * ||X w + b - y||^2.

    Parameters
    ----------
    X : torch.Tensor
        The features, (n, d).
    y : torch.Tensor
        The targets, (n,).
    w : torch.Tensor
        The weights, (d,).
    b : torch.Tensor
        The bias, ().

    Returns
    -------
    grad_w, grad_b : torch.Tensor
        X'r/n, (d,), and mean(r), (), for the residual r = X w + b - y.

    Raises
    ------
    ValueError
        For shapes, dtypes or devices that don't fit together (`TypeError` for what is no tensor).
    """
    checks.model(X, y, w, b)
    residual = X @ w + b - y
    return X.T @ residual / len(y), residual.mean()


def step(w: Tensor, b: Tensor, grad: tuple[Tensor, Tensor], *, lr: float, lam: float) -> tuple[Tensor, Tensor]:
    """Take one decayed step: w <- (1 - lr*lam) w - lr * grad_w and, without decay, b <- b - lr * grad_b.

    Parameters
    ----------
    w : torch.Tensor
        The weights, (d,).
    b : torch.Tensor
        The bias, ().
    grad : tuple of torch.Tensor
        The gradients by w and by b, as `gradient` gives them.
    lr : float
        The learning rate.
    lam : float
        The strength of the penalty.

    Returns
    -------
    w, b : torch.Tensor
        The next ones.

    Raises
    ------
    ValueError
        For shapes that don't fit together (`TypeError` for what is no tensor or no number).
    """
    grad_w, grad_b = _checked(w, b, grad, lr, lam)
    return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b


def _checked(w: Tensor, b: Tensor, grad: tuple[Tensor, Tensor], lr: float, lam: float) -> tuple[Tensor, Tensor]:
    """The two gradients, when all that a step takes fits together."""
    for name, value in (("b", b), ("lr", lr), ("lam", lam)):
        checks.scalar(name, value)
    if not (isinstance(grad, tuple | list) and len(grad) == 2):
        raise TypeError(f"grad is {checks.shown(grad)}; it must be the pair (grad_w, grad_b)")
    grad_w, grad_b = grad
    if checks.tensor("w", w).shape != checks.tensor("grad", grad_w).shape:
        raise ValueError(f"grad has shape {tuple(grad_w.shape)} for w; it must be {tuple(w.shape)}, that of w")
    checks.scalar("grad", grad_b)
    return grad_w, grad_b


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
    """Give the iterates of minibatch gradient descent with weight decay.

    Parameters
    ----------
    problem : Problem
        The data; their dtype and device are those of the run.
    lam : float
        The strength of the penalty lam/2 * ||w||^2, 0 or more.
    lr : float
        The learning rate.
    epochs, batch_size : int
        Passes over the data, and the examples in one step.
    init_std : float
        The weights start as N(0, init_std^2), the bias at 0.
    seed : int
        Decides the start and the batches.

    Returns
    -------
    Iterator of tuple
        (w, b), the start first and then one for every step.

    Raises
    ------
    ValueError
        For a setting out of range (`TypeError` where it is no number).
    """
    protocol.check_settings(problem, lam, lr, epochs, batch_size)
    w, b = protocol.start(problem, init_std, seed)
    return _steps(problem, w, b, protocol.minibatches(problem.n, batch_size, epochs, seed), lr, lam)


def _steps(
    problem: Problem, w: Tensor, b: Tensor, batches: Iterator[Tensor], lr: float, lam: float
) -> protocol.Iterates:
    X, y = problem.X_train, problem.y_train
    yield w, b
    for rows in batches:
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
    problem : Problem
        The data; their dtype and device are those of the run.
    lam : float
        The strength of the penalty lam/2 * ||w||^2, 0 or more.
    lr : float
        The learning rate.
    epochs, batch_size : int
        Passes over the data, and the examples in one step.
    init_std : float
        The weights start as N(0, init_std^2), the bias at 0.
    seed : int
        Decides the start and the batches; the data have a seed of their own.
    progress : bool
        Whether a training of more than a second shows a progress bar.

    Returns
    -------
    History
        Losses, penalty and norm after every epoch, the weights at the end, and the settings.

    Raises
    ------
    ValueError
        For a setting out of range, and for an objective that is not finite at the start (`TypeError` where a setting is
        no number).
    DivergenceError
        When the learning rate is too large: it says at which step, and which would be stable (with the full batch)
        or safe (with minibatches). Also when the numbers leave the range of the dtype.
    """
    settings = protocol.check_settings(problem, lam, lr, epochs, batch_size, init_std, seed)
    return protocol.run_and_record(problem, steps(problem, **settings), settings, progress=progress)
