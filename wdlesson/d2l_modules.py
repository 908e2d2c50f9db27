"""The lesson as `d2l.Module` classes, trained by `d2l.Trainer`: d2l's own section 3.7, with two slips mended.

1. d2l's concise class calls `net.weight.data.normal_()` on a lazy layer that has no weights yet; the first batch
   then fills them by PyTorch's default instead. Here the layer knows its size, so its start is N(0, sigma^2).
2. It trains on `nn.MSELoss`, without the half that its scratch class has, so that the same number means half the
   decay (and twice the step). Here both have the half.

The book's page on d2l shows what each slip does to the numbers that d2l prints.
"""

import torch
from d2l import torch as d2l
from torch import Tensor, nn

from wdlesson import concise, groups, scratch
from wdlesson.data import Problem


class DataModule(d2l.DataModule):  # type: ignore[misc]
    """A `Problem` as `d2l.Trainer` wants it: y as a column, (n, 1).

    Shuffling is d2l's, by torch's global generator.

    Parameters
    ----------
    problem : Problem
        The data.
    batch_size : int, optional
        The rows of a minibatch.
    """

    def __init__(self, problem: Problem, batch_size: int = 5) -> None:
        super().__init__()
        self.save_hyperparameters()

    def get_dataloader(self, train: bool) -> torch.utils.data.DataLoader[tuple[Tensor, ...]]:
        """Minibatches of the training or the validation data.

        Parameters
        ----------
        train : bool
            Whether the training data, shuffled, or the validation data in order.

        Returns
        -------
        torch.utils.data.DataLoader
            Batches (X, y), of shapes (m, d) and (m, 1) with m at most `batch_size`.
        """
        p = self.problem
        X, y = (p.X_train, p.y_train) if train else (p.X_val, p.y_val)
        dataset = torch.utils.data.TensorDataset(X, y[:, None])
        return torch.utils.data.DataLoader(dataset, self.batch_size, shuffle=train)


class WeightDecayScratch(d2l.LinearRegressionScratch):  # type: ignore[misc]
    """Linear regression from scratch, with the penalty added to the loss.

    It starts at N(0, sigma^2), from torch's global generator as in d2l.

    Parameters
    ----------
    num_inputs : int
        The number of features, d.
    lambd : float
        Lambda, of the penalty lambd/2 * ||w||^2.
    lr : float
        The learning rate.
    sigma : float, optional
        The standard deviation of the weights at the start.

    Notes
    -----
    *Dive into Deep Learning*, section 3.7.3.
    """

    def __init__(self, num_inputs: int, lambd: float, lr: float, sigma: float = 0.01) -> None:
        super().__init__(num_inputs, lr, sigma)
        self.save_hyperparameters()

    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        """Half the mean squared error plus lambd/2 * ||w||^2.

        Parameters
        ----------
        y_hat : Tensor of shape (n, 1)
            The predictions.
        y : Tensor of shape (n, 1)
            The targets.

        Returns
        -------
        Tensor of shape ()
            The objective J, to be differentiated.
        """
        objective: Tensor = super().loss(y_hat, y) + self.lambd * scratch.l2_penalty(self.w[:, 0])
        return objective


class WeightDecay(d2l.LinearRegression):  # type: ignore[misc]
    """Linear regression with `nn.Linear`, decayed by the optimizer.

    It starts at N(0, sigma^2), from torch's global generator, in a layer that is not lazy.

    Parameters
    ----------
    num_inputs : int
        The number of features, d.
    wd : float
        The optimizer's `weight_decay`: on half the MSE, lambda.
    lr : float
        The learning rate.
    sigma : float, optional
        The standard deviation of the weights at the start.

    Notes
    -----
    *Dive into Deep Learning*, section 3.7.4, with its two slips mended.
    """

    def __init__(self, num_inputs: int, wd: float, lr: float, sigma: float = 0.01) -> None:
        super().__init__(lr)
        self.save_hyperparameters()
        self.net = nn.Linear(num_inputs, 1)
        nn.init.normal_(self.net.weight, std=sigma)
        nn.init.zeros_(self.net.bias)

    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        """Half the mean squared error.

        Parameters
        ----------
        y_hat : Tensor of shape (n, 1)
            The predictions.
        y : Tensor of shape (n, 1)
            The targets.

        Returns
        -------
        Tensor of shape ()
            The data loss alone, to be differentiated; the optimizer has the penalty.
        """
        return concise.half_mse_loss(y_hat, y)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """SGD that decays the weight and spares the bias.

        Returns
        -------
        torch.optim.SGD
            With two groups of parameters.
        """
        return torch.optim.SGD(groups.parameter_groups(self, weight_decay=self.wd), lr=self.lr)
