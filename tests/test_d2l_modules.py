"""The d2l classes, trained by the real `d2l.Trainer`, do what `scratch` does."""

import pytest
import torch
from d2l import torch as d2l

from wdlesson import d2l_modules, data, history, scratch


def fit(model: d2l.Module, problem: data.Problem, epochs: int, batch_size: int) -> d2l.Module:
    model.board.display = False
    trainer = d2l.Trainer(max_epochs=epochs)
    trainer.fit(model, d2l_modules.DataModule(problem, batch_size=batch_size))
    return model


def weights(model: d2l.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """w: (d,) and b: () of either class."""
    w, b = (model.w, model.b) if hasattr(model, "w") else (model.net.weight, model.net.bias)
    return w.detach().flatten(), b.detach().squeeze()


@pytest.mark.parametrize("kind", [d2l_modules.WeightDecayScratch, d2l_modules.WeightDecay])
def test_full_batch_training_equals_scratch(kind: type) -> None:
    p = data.d2l_problem()
    model = kind(p.d, 3.0, lr=0.01)
    w, b = weights(model)
    for _ in range(10):
        w, b = scratch.step(w, b, scratch.gradient(p.X_train, p.y_train, w, b), lr=0.01, lam=3.0)
    torch.testing.assert_close(weights(fit(model, p, epochs=10, batch_size=p.n)), (w, b))


@pytest.mark.parametrize("kind", [d2l_modules.WeightDecayScratch, d2l_modules.WeightDecay])
def test_the_start_has_the_spread_asked_for(kind: type) -> None:
    w, b = weights(kind(20_000, 3.0, lr=0.01, sigma=0.5))
    assert w.std() == pytest.approx(0.5, rel=0.03)
    assert b == 0


def test_the_validation_loss_is_shown_without_the_penalty_in_the_concise_class() -> None:
    p = data.d2l_problem()
    model = d2l_modules.WeightDecay(p.d, 3.0, lr=0.01)
    w, b = weights(model)
    loss = model.loss(model(p.X_val), p.y_val[:, None])
    torch.testing.assert_close(loss.detach(), history.half_mse(p.X_val, p.y_val, w, b))


def test_the_training_data_are_shuffled_and_the_validation_data_are_not() -> None:
    p = data.d2l_problem()
    module = d2l_modules.DataModule(p, batch_size=5)
    assert [len(y) for _, y in module.train_dataloader()] == [5, 5, 5, 5]
    X = torch.cat([X for X, _ in module.train_dataloader()])
    assert not torch.equal(X, p.X_train)
    torch.testing.assert_close(X.sum(0), p.X_train.sum(0))
    X, y = (torch.cat(parts) for parts in zip(*module.val_dataloader(), strict=True))
    assert torch.equal(X, p.X_val)
    assert torch.equal(y[:, 0], p.y_val)
