"""What one training run records."""

from dataclasses import dataclass

import pandas as pd
from torch import Tensor

from wdlesson import checks


def half_mse(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """The data loss 1/(2n) * ||X w + b - y||^2, with X: (n, d), y: (n,), w: (d,); a scalar."""
    checks.model(X, y, w, b)
    return (X @ w + b - y).square().mean() / 2


@dataclass(frozen=True)
class History:
    """One training run: entry 0 is the start, entry t the state after epoch t."""

    lam: float
    train_loss: Tensor  # (epochs + 1,), half the mean squared error, without the penalty
    val_loss: Tensor  # (epochs + 1,), likewise on the validation data
    weight_norm: Tensor  # (epochs + 1,), ||w||, not its square
    w: Tensor  # (d,), where the run ended
    b: Tensor  # ()

    @property
    def penalty(self) -> Tensor:
        """`lam/2 * ||w||^2` at the start and after every epoch, of shape (epochs + 1,)."""
        return self.lam / 2 * self.weight_norm.square()

    def to_frame(self) -> pd.DataFrame:
        """The record as a pandas DataFrame, one row an epoch."""
        columns = {name: getattr(self, name) for name in ("train_loss", "val_loss", "penalty", "weight_norm")}
        frame = pd.DataFrame({name: checks.array(name, values) for name, values in columns.items()})
        return frame.rename_axis("epoch")

    def __repr__(self) -> str:
        """The end of the run in one line."""
        return (
            f"History(lam={self.lam:g}, {len(self.train_loss) - 1} epochs: train loss {self.train_loss[-1]:.4g}, "
            f"validation loss {self.val_loss[-1]:.4g}, ||w|| {self.weight_norm[-1]:.4g})"
        )
