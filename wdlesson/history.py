"""What one training run records."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from torch import Tensor

from wdlesson import checks


def half_mse(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """Compute the data loss 1/(2n) * ||X w + b - y||^2.

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
    torch.Tensor
        The loss, (), in the units of y squared.

    Raises
    ------
    ValueError
        For shapes, dtypes or devices that don't fit together (`TypeError` for what is no tensor).
    """
    checks.model(X, y, w, b)
    return (X @ w + b - y).square().mean() / 2


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """One training run: entry 0 is the start, entry t the state after epoch t. A run equals itself alone.

    Parameters
    ----------
    lam : float
        The strength of the penalty.
    train_loss : torch.Tensor
        Half the mean squared error on the training data, without the penalty, (epochs + 1,).
    val_loss : torch.Tensor
        Likewise on the validation data, (epochs + 1,).
    weight_norm : torch.Tensor
        ||w||, not its square, (epochs + 1,).
    w : torch.Tensor
        The weights where the run ended, (d,).
    b : torch.Tensor
        The bias there, ().
    settings : dict
        What the run was told, by the names of its arguments: lam, lr, epochs, batch_size, init_std and seed, and the
        loss where it was not half the mean squared error. `train(problem, **settings)` trains once more.
    """

    lam: float
    train_loss: Tensor
    val_loss: Tensor
    weight_norm: Tensor
    w: Tensor
    b: Tensor
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def penalty(self) -> Tensor:
        """`lam/2 * ||w||^2` at the start and after every epoch, (epochs + 1,)."""
        return self.lam / 2 * self.weight_norm.square()

    def to_frame(self) -> pd.DataFrame:
        """Give the record as a pandas DataFrame.

        Returns
        -------
        pandas.DataFrame
            One row an epoch; the columns train_loss, val_loss, penalty and weight_norm.
        """
        columns = {name: getattr(self, name) for name in ("train_loss", "val_loss", "penalty", "weight_norm")}
        frame = pd.DataFrame({name: checks.array(name, values) for name, values in columns.items()})
        return frame.rename_axis("epoch")

    def __repr__(self) -> str:
        """The settings and the end of the run, in one line."""
        settings = self.settings or dict(lam=self.lam, epochs=len(self.train_loss) - 1)
        return (
            f"History({', '.join(f'{name}={_short(value)}' for name, value in settings.items())}: "
            f"train loss {self.train_loss[-1]:.4g}, validation loss {self.val_loss[-1]:.4g}, "
            f"||w|| {self.weight_norm[-1]:.4g})"
        )


def _short(value: Any) -> str:
    """A setting in a few characters: a number, or a loss by its name."""
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return str(getattr(value, "__name__", type(value).__name__))
