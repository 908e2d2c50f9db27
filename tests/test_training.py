"""From scratch and concise: one path, ending at the exact answer."""

from typing import Any

import pytest
import torch
import tqdm.notebook
from torch import nn

from wdlesson import concise, data, protocol, ridge, scratch

D2L: dict[str, Any] = dict(lr=0.003, epochs=100, batch_size=5)
TRAININGS = pytest.mark.parametrize("train", [scratch.train, concise.train])


@pytest.mark.parametrize("lam", [0.0, 3.0])
@pytest.mark.parametrize("batch_size", [5, 6, 20])
def test_scratch_and_concise_walk_the_same_path(lam: float, batch_size: int) -> None:
    p = data.d2l_problem(dtype=torch.float64)
    settings: dict[str, Any] = dict(lam=lam, lr=0.003, epochs=30, batch_size=batch_size)
    steps = 0
    for (w1, b1), (w2, b2) in zip(scratch.steps(p, **settings), concise.steps(p, **settings), strict=True):
        assert (w1 - w2).abs().max() < 1e-12
        assert abs(b1 - b2) < 1e-12
        steps += 1
    assert steps == 1 + 30 * -(-20 // batch_size)


def test_the_paths_agree_in_float32_too() -> None:
    p = data.d2l_problem()
    ours, theirs = scratch.train(p, lam=3.0), concise.train(p, lam=3.0)
    assert ours.w.dtype == theirs.w.dtype == torch.float32
    torch.testing.assert_close(ours.w, theirs.w, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(ours.val_loss, theirs.val_loss, rtol=1e-4, atol=1e-6)


@TRAININGS
def test_training_converges_to_ridge(train: Any) -> None:
    p = data.noisy_problem(dtype=torch.float64, n=40, d=10)
    h = train(p, lam=0.5, lr=0.3, epochs=400, batch_size=p.n)
    w, b = ridge.fit(p.X_train, p.y_train, 0.5)
    assert (h.w - w).norm() < 1e-8 * w.norm()
    assert abs(h.b - b) < 1e-8 * (1 + abs(b))


def test_mse_without_the_half_converges_to_ridge_at_half_lambda() -> None:
    p = data.noisy_problem(dtype=torch.float64, n=40, d=10)
    h = concise.train(p, lam=0.5, lr=0.15, epochs=400, batch_size=p.n, loss=nn.MSELoss())
    w, _ = ridge.fit(p.X_train, p.y_train, 0.25)
    assert (h.w - w).norm() < 1e-6 * w.norm()


def test_mse_with_half_the_rate_and_twice_the_decay_walks_the_same_path() -> None:
    p = data.d2l_problem(dtype=torch.float64)
    half = concise.train(p, lam=3.0, lr=0.003)
    whole = concise.train(p, lam=6.0, lr=0.0015, loss=nn.MSELoss())
    assert (half.w - whole.w).abs().max() < 1e-12


def test_the_gradient_is_autograds() -> None:
    p = data.noisy_problem(dtype=torch.float64)
    w, b = protocol.start(p, 1.0, seed=3)
    w.requires_grad_()
    b.requires_grad_()
    lam = 0.7
    residual = p.X_train @ w + b - p.y_train
    ((residual @ residual) / (2 * p.n) + lam * scratch.l2_penalty(w)).backward()
    assert w.grad is not None
    assert b.grad is not None
    grad_w, grad_b = scratch.gradient(p.X_train, p.y_train, w.detach(), b.detach())
    torch.testing.assert_close(grad_w + lam * w.detach(), w.grad)
    torch.testing.assert_close(grad_b, b.grad)


def test_the_step_decays_the_weights_and_spares_the_bias() -> None:
    w, b = scratch.step(torch.tensor([2.0]), torch.tensor(2.0), (torch.zeros(1), torch.zeros(())), lr=0.1, lam=5.0)
    assert w.item() == 1.0
    assert b.item() == 2.0


def test_the_history_records_every_epoch() -> None:
    p = data.d2l_problem(dtype=torch.float64)
    h = scratch.train(p, lam=3.0, **D2L)
    after_epochs = list(scratch.steps(p, lam=3.0, **D2L))[::4]
    assert len(h.train_loss) == len(h.val_loss) == len(after_epochs) == 101
    for t in (0, 1, 50, 100):
        w, b = after_epochs[t]
        r_train, r_val = p.X_train @ w + b - p.y_train, p.X_val @ w + b - p.y_val
        assert h.train_loss[t].item() == pytest.approx(float((r_train**2).mean() / 2))
        assert h.val_loss[t].item() == pytest.approx(float((r_val**2).mean() / 2))
        assert h.weight_norm[t].item() == pytest.approx(float((w**2).sum().sqrt()))
        assert h.penalty[t].item() == pytest.approx(1.5 * float((w**2).sum()))
    frame = h.to_frame()
    assert list(frame.columns) == ["train_loss", "val_loss", "penalty", "weight_norm"]
    assert len(frame) == 101
    assert frame.index.name == "epoch"
    assert "epochs=100" in repr(h)


def test_every_epoch_is_a_fresh_shuffle_of_all_rows() -> None:
    batches = list(protocol.minibatches(7, 3, 2, seed=0))
    assert [len(rows) for rows in batches] == [3, 3, 1, 3, 3, 1]
    first, second = torch.cat(batches[:3]), torch.cat(batches[3:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(7))
    assert first.tolist() != second.tolist()
    for batch_size in (7, 8):
        whole = list(protocol.minibatches(7, batch_size, 2, seed=0))
        assert [rows.tolist() for rows in whole] == [first.tolist(), second.tolist()]


def test_the_start_is_not_a_row_of_the_data() -> None:
    p = data.d2l_problem(seed=0)
    w, _ = protocol.start(p, 1.0, seed=0)
    cosine = (p.X_train @ w) / (p.X_train.norm(dim=1) * w.norm())
    assert cosine.abs().max() < 0.4


@TRAININGS
def test_the_seed_decides_the_run_and_the_global_seed_does_not(train: Any) -> None:
    p = data.d2l_problem()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = train(p, lam=3.0, **D2L, seed=4)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    assert torch.equal(first.w, train(p, lam=3.0, **D2L, seed=4).w)
    assert not torch.equal(first.w, train(p, lam=3.0, **D2L, seed=5).w)


@pytest.mark.parametrize("steps", [scratch.steps, concise.steps])
def test_bad_settings_are_named_before_the_first_step(steps: Any) -> None:
    with pytest.raises(ValueError, match=r"lr is 0\.0; it must be a finite number above 0"):
        steps(data.d2l_problem(), lam=3.0, lr=0.0, epochs=1, batch_size=5)


@TRAININGS
def test_the_progress_bar_can_be_turned_off(
    train: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(protocol, "BAR_DELAY", 0.0)
    train(data.d2l_problem(), lam=3.0, progress=False)
    assert "epochs" not in capsys.readouterr().err
    train(data.d2l_problem(), lam=3.0)
    assert "epochs" in capsys.readouterr().err


@TRAININGS
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_training_runs_where_the_problem_is(train: Any) -> None:
    h = train(data.d2l_problem(device="cuda", dtype=torch.float64), lam=3.0)
    assert h.w.is_cuda
    cpu = train(data.d2l_problem(dtype=torch.float64), lam=3.0)
    torch.testing.assert_close(h.w.cpu(), cpu.w)


def test_the_environment_turns_the_progress_bar_off_in_notebooks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "tqdm", tqdm.notebook.tqdm)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert protocol.progress_bar(range(3), "epochs", progress=True).disable  # type: ignore[attr-defined]
