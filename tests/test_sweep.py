"""Every slice of a sweep is the training that `scratch` does alone, wherever its chunk ran."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import wdlesson
from wdlesson import data, protocol, scratch, sweep

F64 = torch.float64


def single(problem: data.Problem, **setting: Any) -> np.ndarray:
    """What `sweep` records of one training, from `scratch.train`: (3, epochs + 1)."""
    h = scratch.train(problem, **setting, progress=False)
    return np.stack([h.train_loss.cpu(), h.val_loss.cpu(), h.weight_norm.cpu()])


def slices(s: xr.Dataset) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Every slice of a sweep with its settings."""
    for lam, lr, seed in product(s.lam.values, s.lr.values, s.seed.values):
        one = s.sel(lam=lam, lr=lr, seed=seed)
        records = np.stack([one[name].values for name in sweep.RECORDED])
        yield dict(lam=float(lam), lr=float(lr), seed=int(seed)), records


def copied(problem: data.Problem, dtype: torch.dtype) -> data.Problem:
    """The same numbers in another dtype."""
    return data.Problem(*(getattr(problem, name).to(dtype) for name in ("X_train", "y_train", "X_val", "y_val")))


def assert_equal(a: xr.Dataset, b: xr.Dataset) -> None:
    xr.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def repeated_rows() -> data.Problem:
    """Rows that come twice and a feature that never varies: the row space is smaller than n and d."""
    p = data.noisy_problem(n=6, n_val=4, d=9, dtype=F64)
    X = torch.cat([p.X_train, p.X_train])
    X[:, 3] = 1
    return data.Problem(X, torch.cat([p.y_train, -p.y_train]), p.X_val, p.y_val)


PROBLEMS: dict[str, tuple[data.Problem, dict[str, Any]]] = {
    "d2l": (data.d2l_problem(dtype=F64), {}),
    "ragged batches": (data.d2l_problem(n=23, dtype=F64), {}),
    "full batch": (data.d2l_problem(dtype=F64), dict(batch_size=20)),
    "a batch above n": (data.d2l_problem(dtype=F64), dict(batch_size=10**9)),
    "single examples": (data.d2l_problem(n=3, n_val=1, dtype=F64), dict(batch_size=1, lrs=[1e-4])),
    "n just above d": (data.noisy_problem(dtype=F64), dict(lrs=[0.01], batch_size=7)),
    "n = d": (data.noisy_problem(n=12, d=12, dtype=F64), {}),
    "n = d + 1": (data.noisy_problem(n=13, d=12, dtype=F64), {}),
    "tall": (data.diabetes_problem(dtype=F64), dict(lrs=[0.01], batch_size=32)),
    "one feature": (data.noisy_problem(n=5, n_val=7, d=1, dtype=F64), {}),
    "one example": (data.noisy_problem(n=1, n_val=1, d=4, dtype=F64), {}),
    "repeated rows": (repeated_rows(), {}),
    "start at zero": (data.d2l_problem(dtype=F64), dict(init_std=0.0)),
    "a step that decays all": (data.noisy_problem(n=8, d=20, dtype=F64), dict(lams=[10.0, 15.0], lrs=[0.1])),
}


def test_sweep_is_the_same_trainings() -> None:
    p = data.d2l_problem(dtype=torch.float64)
    s = sweep.run(p, lams=[0.0, 3.0], lrs=[0.001, 0.003], seeds=[0, 1, 2], epochs=10, batch_size=5, init_std=1.0)
    assert dict(s.sizes) == {"lam": 2, "lr": 2, "seed": 3, "epoch": 11}
    h = scratch.train(p, lam=3.0, lr=0.003, epochs=10, batch_size=5, seed=2)
    one = s.sel(lam=3.0, lr=0.003, seed=2)
    for name in ("train_loss", "val_loss", "weight_norm"):
        torch.testing.assert_close(torch.tensor(one[name].values), getattr(h, name), rtol=1e-10, atol=0)
    assert s.val_loss.isel(epoch=-1, lr=1).mean("seed", skipna=False).idxmin("lam") == 3.0


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_slice_equals_scratch(name: str) -> None:
    p, chosen = PROBLEMS[name]
    grid: dict[str, Any] = dict(lams=[0.0, 20.0], lrs=[0.003, 0.001], seeds=[0, 7]) | chosen
    lams, lrs, seeds = (grid.pop(axis) for axis in ("lams", "lrs", "seeds"))
    s = sweep.run(p, lams=lams, lrs=lrs, seeds=seeds, epochs=10, **grid)
    assert s.train_loss.dtype == np.float64
    for setting, records in slices(s):
        np.testing.assert_allclose(records, single(p, epochs=10, **setting, **grid), rtol=1e-10, atol=1e-14)


@settings(max_examples=25)
@given(
    n=st.integers(1, 12),
    d=st.integers(1, 12),
    n_val=st.integers(1, 20),
    batch_size=st.integers(1, 14),
    lam=st.floats(0, 30),
    lr=st.floats(1e-4, 0.02),
    init_std=st.floats(0, 2),
    seed=st.integers(0, 2**40),
)
def test_any_slice_equals_scratch(
    n: int, d: int, n_val: int, batch_size: int, lam: float, lr: float, init_std: float, seed: int
) -> None:
    p = data.noisy_problem(seed, n=n, n_val=n_val, d=d, dtype=F64)
    shared: dict[str, Any] = dict(epochs=4, batch_size=batch_size, init_std=init_std)
    s = sweep.run(p, lams=[lam, lam + 1], lrs=[lr], seeds=[seed], **shared)
    expected = single(p, lam=lam, lr=lr, seed=seed, **shared)
    np.testing.assert_allclose(next(slices(s))[1], expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", ["d2l", "ragged batches", "n just above d", "tall"])
def test_every_slice_equals_scratch_in_float32(name: str) -> None:
    p, chosen = PROBLEMS[name]
    p32 = copied(p, torch.float32)
    p64 = copied(p32, F64)
    grid: dict[str, Any] = dict(lams=[0.0, 3.0], seeds=[0, 7]) | chosen
    s = sweep.run(p32, **grid)
    assert s.train_loss.dtype == np.float32
    shared = {name: value for name, value in grid.items() if name not in ("lams", "lrs", "seeds")}
    for setting, records in slices(s):
        exact, theirs = single(p64, **setting, **shared), single(p32, **setting, **shared)
        np.testing.assert_allclose(records, exact, rtol=1e-4)
        np.testing.assert_allclose(records[1:], theirs[1:], rtol=1e-4)
        # scratch rounds the d entries of w at every step, which moves a residual by about 1e-6 here. Where the
        # training loss is below 1e-5 of its start, this alone can be 1e-4 of it, though it be computed in float64.
        clear = exact[0] > 1e-5 * exact[0, 0]
        np.testing.assert_allclose(records[0, clear], theirs[0, clear], rtol=1e-4)
        assert (np.abs(records - theirs) <= 1e-4 * theirs + np.abs(theirs - exact)).all()
        assert clear.sum() > 50


def test_a_step_does_not_grow_with_d() -> None:
    shapes = []
    for d in (200, 2000):
        chunk = sweep._Projected(data.d2l_problem(d=d), 1.0).chunk([0], [(3.0, 0.003)], 1, 5)
        shapes.append([chunk.data.shape, chunk.losses.shape, chunk.start.shape])
    assert shapes[0] == shapes[1]
    assert shapes[0] == [(20, 23), (1, 46, 23), (1, 22)]


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.02])
def test_chunks_change_nothing(share: float) -> None:
    p = data.d2l_problem(n=8, n_val=5, d=12, dtype=F64)
    grid: dict[str, Any] = dict(lams=[0.0, 1.0, 3.0], lrs=[0.003, 0.01], seeds=range(10), epochs=7, batch_size=3)
    per_seed, per_training = sweep._Projected(p, 1.0).sizes(7, 3)
    limit = max(per_seed + per_training, int(share * 10 * (per_seed + 6 * per_training)))
    assert_equal(sweep.run(p, **grid, max_bytes=limit), sweep.run(p, **grid))


@pytest.mark.parametrize(("seeds", "trainings", "max_bytes"), [(3, 7, 200), (3, 7, 450), (1, 1, 150), (50, 9, 10**6)])
def test_the_chunks_keep_the_limit_and_cover_the_grid(seeds: int, trainings: int, max_bytes: int) -> None:
    covered = np.zeros((seeds, trainings))
    for rows, columns in sweep._chunk_slices(seeds, trainings, 100, 50, max_bytes):
        covered[rows, columns] += 1
        height, width = covered[rows, columns].shape
        assert height * (100 + 50 * width) <= max_bytes
    assert (covered == 1).all()


FRESH_PROCESS = """
import json, re, sys
from wdlesson import data, sweep
modules = list(sys.modules)

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])

p = data.d2l_problem()
grid = dict(lrs=[i * 1e-5 for i in range(1, 101)], seeds=range(10), epochs=2, batch_size=20, progress=False)
sweep.run(p, lams=[1.0], **grid)
grown = []
for limit in (4e6, 1e9):
    open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
    before = peak()
    s = sweep.run(p, lams=range(40), **grid, max_bytes=int(limit))
    grown.append(peak() - before - s.nbytes)
print(json.dumps(dict(modules=modules, grown=grown)))
"""


@pytest.fixture(scope="module")
def fresh_process() -> Any:
    """What a fresh Python has imported for `wdlesson.sweep`, and how its memory grew beside the result."""
    out = subprocess.run([sys.executable, "-c", FRESH_PROCESS], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def test_the_import_stays_light(fresh_process: Any) -> None:
    assert not set(fresh_process["modules"]) & {"joblib", "distributed", "dask", "xarray", "sklearn", "matplotlib"}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_the_memory_keeps_the_limit(fresh_process: Any) -> None:
    limited, in_one_piece = fresh_process["grown"]
    assert limited < 4e6
    assert in_one_piece > 8e6  # so the limit did bind


# ---- What diverges ----


def diverging(p: data.Problem, **grid: Any) -> xr.Dataset:
    """A sweep of which some trainings diverge, and that says so."""
    with pytest.warns(protocol.DivergenceWarning):
        return sweep.run(p, **grid)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_on_request_a_training_that_diverges_ends_the_sweep_and_is_named(dtype: torch.dtype) -> None:
    p = data.d2l_problem(dtype=dtype)
    message = r"seed 4: .* at step \d+ with lr = 0\.5; for lam = 3 a learning rate up to 0\.0\d+ is safe"
    with pytest.raises(protocol.DivergenceError, match=message):
        sweep.run(p, lams=[3.0], lrs=[0.003, 0.5], seeds=[4], on_divergence="raise")
    with pytest.raises(protocol.DivergenceError), joblib.parallel_config(backend="threading", n_jobs=2):
        sweep.run(p, lams=[3.0], lrs=[0.003, 0.5], seeds=[4, 5], on_divergence="raise")
    sweep.run(p, lams=[3.0], lrs=[0.003], seeds=[4], on_divergence="raise")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, F64])
def test_a_training_that_diverges_is_nan_from_its_epoch_on_and_leaves_the_others_alone(dtype: torch.dtype) -> None:
    p = data.d2l_problem(dtype=dtype)
    grid: dict[str, Any] = dict(lams=[0.0, 3.0], seeds=[0, 1, 2], epochs=50, weights=True)
    s = diverging(p, lrs=[0.001, 0.003, 0.1, 0.5], **grid)
    good = sweep.run(p, lrs=[0.001, 0.003, 0.0005, 0.0007], **grid)
    for name in s:
        assert s[name][:, :2].identical(good[name][:, :2])  # to the bit
    for lam, lr, seed in product([0.0, 3.0], [0.1, 0.5], [0, 1, 2]):
        one = s.sel(lam=lam, lr=lr, seed=seed)
        with pytest.raises(protocol.DivergenceError) as error:
            scratch.train(p, lam=lam, lr=lr, epochs=50, seed=seed, progress=False)
        step = int(re.search(r"at step (\d+)", str(error.value))[1])  # type: ignore[index]
        lost = [epoch >= -(-step // 4) for epoch in range(51)]  # the epoch in which that step is
        if dtype == F64:  # in narrower types the two leave the range at steps of their own
            assert one.train_loss.isnull().values.tolist() == lost
            np.testing.assert_allclose(one.weight_norm[0], protocol.start(p, 1.0, seed)[0].norm())
        for name in ("train_loss", "val_loss", "penalty", "weight_norm"):
            assert one[name].isnull()[1:].values.tolist() == one.train_loss.isnull()[1:].values.tolist()
            assert np.diff(one[name].isnull().values.astype(int)).min() >= 0  # once lost, lost
        assert one.w.isnull().all()
        assert one.b.isnull()


def test_a_training_that_comes_back_below_the_limit_stays_lost() -> None:
    p = data.d2l_problem(dtype=F64)
    chunk = sweep._Projected(p, 1.0).chunk([0], [(0.0, 0.003), (3.0, 0.003)], 3, 5)
    history = torch.ones(3, 1, 4, 2, dtype=F64)
    history[0, 0, 1, 0] = 2e12  # in epoch 1 of the first
    history[2, 0, 3, 1] = 2e6  # in epoch 3 of the second: a penalty of 6e12
    chunk._mark_lost(history)
    lost = [[False, True, True, True], [False, False, False, True]]
    assert history.isnan()[:, 0].transpose(1, 2).tolist() == [lost] * 3


def test_the_warning_says_how_many_are_lost_where_and_what_would_be_safe() -> None:
    p = data.d2l_problem(dtype=F64)
    grid: dict[str, Any] = dict(lams=[0, 1, 3, 10, 700], lrs=[0.003, 0.1, 0.2, 0.3, 0.5], seeds=range(2), epochs=50)
    with pytest.warns(protocol.DivergenceWarning) as caught:
        s = sweep.run(p, **grid)
    (warning,) = caught
    lost = s.val_loss.isel(epoch=-1).isnull().sum(["lam", "seed"]).values.tolist()
    assert lost == [2, 8, 10, 10, 10]
    message = str(warning.message)
    assert message.startswith("40 of 50 trainings diverged, and all that is recorded of them is NaN from their epoch")
    assert ": 2 with lr = 0.003 (lam = 700), 8 with lr = 0.1 (4 lams from 0 to 700), 10 with lr = 0.2 (" in message
    assert ") and more with other learning rates; for lam = 700 a learning rate up to 0.0026" in message
    assert warning.filename == __file__
    assert s.attrs["diverged"] == 40
    rate = float(re.search(r"up to ([\d.e-]+) is safe", message)[1])  # type: ignore[index]
    assert sweep.run(p, **grid | dict(lrs=[rate])).attrs["diverged"] == 0


def test_a_mean_over_the_seeds_shows_what_was_lost() -> None:
    s = diverging(data.d2l_problem(), lams=[3.0, 10.0], lrs=[0.075], seeds=range(10), epochs=60)
    ends = s.val_loss.isel(epoch=-1, lr=0)
    lost = ends.isnull().sum("seed").values
    assert ((lost > 0) & (lost < 10)).any()  # some seeds of one lambda, not all
    assert ends.mean("seed", skipna=False).isnull().values.tolist() == (lost > 0).tolist()


ROOT = Path(__file__).parent.parent
SHOWN = ("README.md", "book/**/*.md", "assignments/**/*.md", "wdlesson/**/*.py")
OVER_SEEDS = re.compile(r"\.(mean|median|std|var|min|max|sum|quantile)\([^()]*[\"']seed[\"'][^()]*\)|nanme\w+")


def test_no_example_hides_the_seeds_that_were_lost() -> None:
    assert OVER_SEEDS.search('ends.mean(["seed", "lam"])')
    found: dict[str, list[str]] = {}
    for path in (path for pattern in SHOWN for path in ROOT.glob(pattern)):
        for call in OVER_SEEDS.finditer(path.read_text("utf-8")):
            found.setdefault(path.name, []).append(call[0])
    assert found.keys() >= {"README.md", "api.md", "sweep.md", "sweep.py"}
    assert [(name, call) for name, calls in found.items() for call in calls if "skipna=False" not in call] == []


@pytest.mark.parametrize("on_divergence", ["nan", "raise"])
def test_a_start_that_is_not_finite_is_the_same_error_as_that_of_one_training(on_divergence: str) -> None:
    p = data.d2l_problem()
    huge = data.Problem(p.X_train, 1e22 * p.y_train, p.X_val, p.y_val)
    messages = []
    for train in (
        lambda: sweep.run(huge, lams=[0.0, 3.0], on_divergence=on_divergence),
        lambda: scratch.train(huge, lam=3.0, progress=False),
    ):
        with pytest.raises(
            ValueError, match=r"problem has an objective of inf at the start, in torch\.float32"
        ) as error:
            train()
        messages.append(str(error.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(("lam", "lr"), [(3.0, 0.02), (900.0, 0.003), (800.0, 0.003)])
def test_sweep_and_scratch_agree_on_what_diverges(lam: float, lr: float) -> None:
    p = data.d2l_problem()
    for epochs in (1, 10, 100):
        outcomes = []
        one: dict[str, Any] = dict(lams=[lam], lrs=[lr], epochs=epochs, on_divergence="raise")
        for train in (lambda: single(p, lam=lam, lr=lr, epochs=epochs), lambda: sweep.run(p, **one).to_array()):  # noqa: B023
            try:
                outcomes.append(bool(np.isfinite(train()).all()))
            except protocol.DivergenceError:
                outcomes.append(False)
        assert outcomes[0] == outcomes[1]


BAD = [
    (dict(lams=[]), r"lams is \[\]; it must be a sequence of numbers, such as \[0\.1, 3\]"),
    (dict(lams=3.0), r"lams is 3\.0; it must be a sequence"),
    (dict(lams=torch.tensor(3.0)), r"lams is a torch\.Tensor; it must be a sequence"),
    (dict(lams=[0.1, np.float32(0.1)]), r"lams has 0\.1 2 times"),
    (dict(seeds=[2**64, 2**64]), r"seeds has 18446744073709551616 2 times"),
    (dict(on_divergence="ignore"), r"on_divergence is 'ignore'; it must be 'nan' or 'raise'"),
    (dict(lams=[1.0, -1.0]), r"lams\[1\] is -1\.0; it must be a finite number, 0 or more"),
    (dict(lams=[float("nan")]), r"lams\[0\] is nan"),
    (dict(lams=[1.0, 3.0, 1]), r"lams has 1\.0 2 times; its entries must differ"),
    (dict(lrs=[]), r"lrs is \[\]"),
    (dict(lrs=[0.1, 0.0]), r"lrs\[1\] is 0\.0; it must be a finite number above 0"),
    (dict(lrs=[0.1, 0.1]), r"lrs has 0\.1 2 times"),
    (dict(seeds=[]), r"seeds is \[\]"),
    (dict(seeds=range(-1, 2)), r"seeds\[0\] is -1; it must be 0 or more"),
    (dict(seeds=[0.5]), r"seeds\[0\] is 0\.5; it must be a whole number"),
    (dict(seeds=[2, 2]), "seeds has 2 2 times"),
    (dict(epochs=0), "epochs is 0; it must be 1 or more"),
    (dict(batch_size=2.5), r"batch_size is 2\.5; it must be a whole number"),
    (dict(init_std=-1.0), r"init_std is -1\.0"),
    (dict(max_bytes=0), "max_bytes is 0; it must be 1 or more"),
    (dict(max_bytes=1000), r"max_bytes is 1000; it must be \d+ or more, the need of a single training"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_input_is_named(bad: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sweep.run(data.d2l_problem(), **{"lams": [3.0], **bad})


def test_a_sweep_leaves_torch_as_it_was() -> None:
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    sweep.run(data.d2l_problem(), lams=[3.0], epochs=2)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


def test_the_progress_bar_can_be_turned_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(protocol, "BAR_DELAY", 0.0)
    p = data.d2l_problem()
    sweep.run(p, lams=[3.0], epochs=3, progress=False)
    assert capsys.readouterr().err == ""
    one_training = sum(sweep._Projected(p, 1.0).sizes(3, 5))
    sweep.run(p, lams=[3.0, 4.0], epochs=3, max_bytes=one_training)  # two chunks, one bar
    assert "epochs:   0%|          | 0/6" in capsys.readouterr().err
    with joblib.parallel_config(backend="threading", n_jobs=2):
        sweep.run(p, lams=[3.0, 4.0], epochs=3)
    assert "chunks" in capsys.readouterr().err


GRID: dict[str, Any] = dict(lams=[0.0, 1.0, 3.0], lrs=[0.001, 0.003], seeds=range(8), epochs=5)


@pytest.mark.parametrize("backend", ["threading", "loky"])  # and "dask", in test_dask.py
def test_the_backends_of_joblib_that_are_named_train_the_chunks(backend: str) -> None:
    p = data.d2l_problem(dtype=F64)
    here = sweep.run(p, **GRID, weights=True)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert_equal(sweep.run(p, **GRID, weights=True), here)
        assert diverging(p, lams=[3.0], lrs=[0.5, 0.003], seeds=range(8)).attrs["diverged"] == 8
        with pytest.raises(protocol.DivergenceError, match=r"seed [0-7]: .* is safe, whatever"):
            sweep.run(p, lams=[3.0], lrs=[0.5, 0.003], seeds=range(8), on_divergence="raise")


def test_another_backend_of_joblib_is_refused() -> None:
    message = "joblib's backend is MultiprocessingBackend; for a sweep it must be 'loky', 'threading' or 'dask'"
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2), pytest.raises(ValueError, match=message):
        sweep.run(data.d2l_problem(), **GRID)


# ---- The axes, and what the result knows ----

AXES: list[Any] = [
    torch.tensor([0.1, 3.0]),
    torch.tensor([0.1, 3.0], dtype=torch.float16),
    torch.tensor([0.1, 3.0], dtype=torch.bfloat16),
    torch.tensor([0.1, 3.0], dtype=F64),
    np.array([0.1, 3.0]),
    np.array([0.1, 3.0], np.float32),
    np.array([0.1, 3.0], np.float16),
    np.array([0.1, 3.0], np.longdouble),
    pd.Series([0.1, 3.0]),
    pd.Series([0.1, 3.0], dtype="Float32"),
    pd.Index([0.1, 3.0]),
    xr.DataArray([0.1, 3.0]),
    (0.1, 3),
    [np.float32(0.1), 3],
    [torch.tensor(0.1), torch.tensor(3)],
    [np.array(0.1), np.int8(3)],
]


@pytest.mark.parametrize("lams", AXES)
def test_an_axis_of_any_kind_has_the_numbers_that_were_meant(lams: Any) -> None:
    p = data.d2l_problem(dtype=F64)
    s = sweep.run(p, lams=lams, epochs=2)
    assert s.lam.values.tolist() == [0.1, 3.0]
    assert s.lam.dtype == np.float64
    np.testing.assert_allclose(
        s.train_loss.sel(lam=0.1)[0, 0], scratch.train(p, lam=0.1, epochs=2).train_loss, rtol=1e-12
    )


@given(x=st.floats(0, 2.0**127, width=32))
def test_a_single_precision_number_stands_for_the_decimal_that_numpy_prints(x: float) -> None:
    expected = float(np.format_float_scientific(np.float32(x)))  # the fewest digits that give the number back
    assert sweep._decimal(x, np.float32(x)) == sweep._decimal(x, torch.tensor(x, dtype=torch.float32)) == expected


@pytest.mark.parametrize(
    ("seeds", "dtype"),
    [
        ([2**63, 1], np.uint64),
        ([2**63 - 1, 0], np.int64),
        ([2**64, 1], object),
        ([10**30], object),
        (np.array([2**63, 5], np.uint64), np.uint64),
        (torch.tensor([3, 1]), np.int64),
        (range(4), np.int64),
    ],
)
def test_a_seed_is_reported_as_it_is(seeds: Any, dtype: Any) -> None:
    p = data.d2l_problem(dtype=F64)
    s = sweep.run(p, lams=[3.0], seeds=seeds, epochs=2)
    assert [int(seed) for seed in s.seed.values] == [int(seed) for seed in seeds]
    assert s.seed.dtype == dtype
    seed = int(seeds[0])
    expected = scratch.train(p, lam=3.0, seed=seed, epochs=2).train_loss
    np.testing.assert_allclose(s.train_loss.sel(seed=seed)[0, 0], expected, rtol=1e-12)


def test_the_result_knows_how_it_was_made() -> None:
    p = data.d2l_problem()
    s = sweep.run(p, lams=[3.0], epochs=4, batch_size=7, init_std=0.5)
    expected = dict(epochs=4, batch_size=7, init_std=0.5, on_divergence="nan", diverged=0)
    assert s.attrs == expected | dict(n=20, n_val=100, d=200, dtype="float32", wdlesson=wdlesson.__version__)
    assert {type(value) for value in s.attrs.values()} == {int, float, str}
    assert list(s) == ["train_loss", "val_loss", "penalty", "weight_norm"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_penalty_and_the_weights_at_the_end_are_those_of_scratch(name: str) -> None:
    p, chosen = PROBLEMS[name]
    grid: dict[str, Any] = dict(lams=[0.0, 20.0], lrs=[0.003, 0.001], seeds=[0, 7], epochs=5) | chosen
    s = sweep.run(p, **grid, weights=True)
    assert s.w.dims == ("lam", "lr", "seed", "feature")
    shared = {key: value for key, value in grid.items() if key not in ("lams", "lrs", "seeds")}
    for lam, lr, seed in product(grid["lams"], grid["lrs"], grid["seeds"]):
        h = scratch.train(p, lam=lam, lr=lr, seed=seed, **shared, progress=False)
        one = s.sel(lam=lam, lr=lr, seed=seed)
        np.testing.assert_allclose(one.w, h.w, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(one.b, h.b, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(one.penalty, h.penalty, rtol=1e-10, atol=1e-28)


def test_the_weights_come_in_the_dtype_of_the_problem() -> None:
    p = data.d2l_problem()
    s = sweep.run(p, lams=[3.0], weights=True)
    assert {s[name].dtype for name in s} == {np.dtype(np.float32)}
    np.testing.assert_allclose(s.w[0, 0, 0], scratch.train(p, lam=3.0).w, rtol=1e-3, atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_trains_the_same() -> None:
    s = sweep.run(data.d2l_problem(device="cuda", dtype=F64), **GRID)
    cpu = sweep.run(data.d2l_problem(dtype=F64), **GRID)
    xr.testing.assert_allclose(s, cpu, rtol=1e-10)
