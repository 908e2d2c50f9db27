"""The same work by `sweep.run` and by what a reader would pick instead, in one run on one machine.

    python benchmarks/sweep.py

Every time is the best of many, the contestants taking turns, since the machine may be busy. The peers that take
minutes are timed for a few trainings and scaled up.
"""

import time
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from d2l import torch as d2l
from sklearn.linear_model import Ridge, ridge_regression
from torch import Tensor, nn

from wdlesson import concise, d2l_modules, data, groups, history, protocol, ridge, sweep

Call = Callable[[], Any]

LAMS, SEEDS, EPOCHS, BATCH_SIZE, LR = np.logspace(-2, 1, 100).tolist(), list(range(10)), 100, 5, 0.003
SETTINGS = [(lam, LR) for lam in LAMS]
TRAININGS = len(LAMS) * len(SEEDS)
SHARED: dict[str, Any] = dict(epochs=EPOCHS, batch_size=BATCH_SIZE)


def best(calls: dict[str, Call], repeats: int, rounds: int = 5) -> dict[str, float]:
    """The shortest time of each call in seconds, of `rounds` rounds of `repeats`, after one call to warm up."""
    for call in calls.values():
        call()
    shortest = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(repeats):
                start = time.perf_counter()
                call()
                shortest[name] = min(shortest[name], time.perf_counter() - start)
    return shortest


def ratio(theirs: float, ours: float, target: float) -> str:
    """A ratio beside its target."""
    return f"{theirs / ours:7.1f} x  (target: {target:g})"


def optim_loop(p: data.Problem, lam: float) -> list[Tensor]:
    """One training as one writes it with torch.optim; the losses and the norm recorded after every epoch."""
    net = nn.Linear(p.d, 1)
    nn.init.normal_(net.weight)
    optimizer = torch.optim.SGD(groups.parameter_groups(net, weight_decay=lam), lr=LR)
    records = []
    for _ in range(EPOCHS):
        for rows in torch.randperm(p.n).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = concise.half_mse_loss(net(p.X_train[rows])[:, 0], p.y_train[rows])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            w, b = net.weight[0], net.bias[0]
            losses = [history.half_mse(X, y, w, b) for X, y in ((p.X_train, p.y_train), (p.X_val, p.y_val))]
            records.append(torch.stack([*losses, w.norm()]))
    return records


def d2l_trainer(p: data.Problem, lam: float) -> None:
    """One training by d2l.Trainer with its plotting taken out, and so without a record."""
    model = d2l_modules.WeightDecay(p.d, lam, lr=LR, sigma=1.0)
    model.plot = lambda *args, **kwargs: None
    d2l.Trainer(max_epochs=EPOCHS).fit(model, d2l_modules.DataModule(p, BATCH_SIZE))


def ours(p: data.Problem, lr: float = LR) -> Any:
    return sweep.run(p, lams=LAMS, lrs=[lr], seeds=SEEDS, **SHARED, progress=False)


def compare_trainings() -> None:
    """Our sweep, every epoch recorded, against one training after the other."""
    p = data.d2l_problem()
    print(f"\n{len(LAMS)} lambdas x {len(SEEDS)} seeds, d2l's problem, {EPOCHS} epochs, batches of 5, float32")
    run = best({"sweep": lambda: ours(p)}, 20)["sweep"]
    peers = {
        "d2l.Trainer, nothing plotted": (lambda: d2l_trainer(p, 3.0), 1500),
        "torch.optim loop": (lambda: optim_loop(p, 3.0), 100),
        "concise.train": (lambda: concise.train(p, lam=3.0, **SHARED, progress=False), 100),
    }
    with sweep._threads(1):  # tensors as small as theirs are slower on two threads
        one = best({name: call for name, (call, _) in peers.items()}, 4)
    run = min(run, best({"sweep": lambda: ours(p)}, 20)["sweep"])
    print(f"  sweep.run                      {run * 1e3:8.1f} ms")
    for name, (_, target) in peers.items():
        print(f"  {name:30}{one[name] * TRAININGS:8.1f} s  {ratio(one[name] * TRAININGS, run, target)}", end="")
        print(f"  {TRAININGS} x the best of its trainings")
    account(p, run)


def gflops(threads: int) -> float:
    """The machine's best float32 matmul, in GFLOP/s."""
    with sweep._threads(threads):
        A = torch.randn(1024, 1024)
        return 2 * len(A) ** 3 / best({"product": lambda: A @ A}, 20)["product"] / 1e9


def arithmetic(p: data.Problem, c: int, rows: int) -> float:
    """The multiplications and additions of the sweep in GFLOP, its two losses taking so many rows of c numbers."""
    step = 2 * BATCH_SIZE * c + BATCH_SIZE + c + 2 * BATCH_SIZE * c  # residual; times lr; decay; update
    epoch = rows * (2 * c + 2) + 2 * c  # losses; norm
    return TRAININGS * (EPOCHS * p.n // BATCH_SIZE * step + (EPOCHS + 1) * epoch) / 1e9


def account(p: data.Problem, run: float) -> None:
    """The arithmetic at the speed of the hardware, and what each part of the sweep takes when timed alone."""
    projected = sweep._Projected(p, 1.0)
    chunk = projected.chunk(SEEDS, SETTINGS, EPOCHS, BATCH_SIZE)
    c, one, everywhere = chunk.start.shape[1], gflops(1), gflops(torch.get_num_threads())
    plain, work = arithmetic(p, c, p.n + len(p.y_val)), arithmetic(p, c, chunk.losses.shape[1])
    print(f"  its arithmetic in the row space: {work:.3f} GFLOP ({plain:.3f} if every example made a row of its loss)")
    print(f"  matmul runs at {one:.0f} GFLOP/s on one core, as the sweep runs, and at {everywhere:.0f} on all")
    for cores, speed in (("one core", one), ("all cores", everywhere)):
        print(f"  flop floor, {cores:10}{work / speed * 1e3:5.1f} ms   {ratio(run, work / speed, 4)}", end="")
        print(f"   with a row for every example {plain / speed * 1e3:5.1f} ms {run * speed / plain:5.1f} x")
    with sweep._threads(1):
        times = {name: count * seconds for name, (count, seconds) in parts(p, projected, chunk).items()}
    for name, seconds in times.items():
        print(f"    {name:52}{seconds * 1e3:6.1f} ms")
    print(f"    {'together':52}{sum(times.values()) * 1e3:6.1f} ms")
    number, launches = torch.ones(1), 4 * EPOCHS * p.n // BATCH_SIZE
    launch = best({"launch": lambda: number.mul_(1.0)}, 500)["launch"]
    print(f"    (of this, starting the {launches} operations of the steps: {launches * launch * 1e3:.1f} ms)")


def parts(p: data.Problem, projected: sweep._Projected, chunk: sweep._Chunk) -> dict[str, tuple[int, float]]:
    """How often each part of a sweep is done, and its time in seconds."""
    z = chunk.start[:, :, None].repeat(1, 1, len(LAMS))
    X = torch.randn(len(SEEDS), BATCH_SIZE, len(z[0])) * 1e-3
    residual, minus_y = torch.randn(len(SEEDS), BATCH_SIZE, len(LAMS)), X[..., :1]
    block = z[:, :, None].repeat(1, 1, sweep.EPOCHS_PER_BLOCK, 1)
    steps, blocks = EPOCHS * p.n // BATCH_SIZE, -(-(EPOCHS + 1) // sweep.EPOCHS_PER_BLOCK)

    def shuffles() -> None:
        orders = (protocol.minibatches(p.n, p.n, EPOCHS, seed) for seed in SEEDS)
        for order in zip(*orders, strict=True):
            torch.cat(order)

    once: dict[str, Call] = {
        "the projection": lambda: sweep._Projected(p, 1.0),
        "the starts in its coordinates": lambda: projected.chunk(SEEDS, SETTINGS, EPOCHS, BATCH_SIZE),
        f"{EPOCHS * len(SEEDS)} shuffles, as protocol.minibatches draws them": shuffles,
    }
    every_step: dict[str, Call] = {
        f"{steps} residuals": lambda: torch.baddbmm(minus_y, X, z),
        f"{steps} products with the learning rate": lambda: residual.mul_(chunk.lr),
        f"{steps} decays": lambda: z.mul_(chunk.decay),
        f"{steps} updates": lambda: z.baddbmm_(X.mT, residual, alpha=-1e-9),
    }
    losses: dict[str, Call] = {f"the losses and norms, in {blocks} blocks": lambda: chunk._measure(block)}
    return {
        **{name: (1, seconds) for name, seconds in best(once, 5).items()},
        **{name: (steps, seconds) for name, seconds in best(every_step, 200).items()},
        **{name: (blocks, seconds) for name, seconds in best(losses, 50).items()},
    }


def compare_widths() -> None:
    """The cost of the dimension, after the projection."""
    print("\nThe same sweep with lr = 1e-4, for d = 20,000 and d = 200, after the one projection")
    calls: dict[str, Call] = {}
    for d in (200, 20_000):
        p = data.d2l_problem(d=d)
        chunk = sweep._Projected(p, 1.0).chunk(SEEDS, [(lam, 1e-4) for lam in LAMS], EPOCHS, BATCH_SIZE)
        calls[f"train {d}"] = partial(chunk.train, range(EPOCHS))
        calls[f"all {d}"] = partial(ours, p, 1e-4)
    times = best(calls, 10)
    for label, kind in (("the trainings", "train"), ("projection included", "all")):
        small, large = times[f"{kind} 200"], times[f"{kind} 20000"]
        target = "  (target: at most 1.5)" if kind == "train" else ""
        print(f"  {label:22}{small * 1e3:7.1f} ms ->{large * 1e3:7.1f} ms   {large / small:5.2f} x{target}")


def compare_paths() -> None:
    """`ridge.path` against scikit-learn's ways to the same coefficients."""
    print("\nThe exact answer for 1000 lambdas, times in ms")
    lams = np.logspace(-3, 2, 1000)
    problems = (data.d2l_problem(), data.noisy_problem(), data.diabetes_problem(), data.noisy_problem(n=10_000, d=20))
    for p, dtype in product(problems, (torch.float32, torch.float64)):
        X, y = p.X_train.to(dtype), p.y_train.to(dtype)
        calls = theirs(X.numpy(), y.numpy(), lams)
        check_equal(ridge.path(X, y, lams), calls)
        times = best({"ridge.path": partial(ridge.path, X, y, lams), **calls}, 10)
        mine, winner = times["ridge.path"], min(calls, key=lambda name: times[name])
        listed = ", ".join(f"{name} {seconds * 1e3:.2f}" for name, seconds in times.items())
        print(f"  {tuple(X.shape)!s:12}{str(dtype)[6:]}: {listed}")
        print(f"  {'':21}against {winner}: {ratio(times[winner], mine, 5)}")
        print(f"  {'':21}{inevitable(X, len(lams))}")


def inevitable(X: Tensor, k: int) -> str:
    """The times of the SVD and of the product that writes the answer, which scikit-learn's way has as well."""
    centred = X - X.mean(0)
    Vh = torch.linalg.svd(centred, full_matrices=False).Vh
    coordinates = X.new_ones(k, len(Vh))
    calls: dict[str, Call] = {
        "SVD": partial(torch.linalg.svd, centred, full_matrices=False),
        "product": partial(torch.matmul, coordinates, Vh),
    }
    times = best(calls, 10)
    return f"of this the SVD takes {times['SVD'] * 1e3:.2f}, the product with Vh {times['product'] * 1e3:.2f}"


def check_equal(mine: tuple[Tensor, Tensor], calls: dict[str, Call]) -> None:
    """Every call gives these coefficients."""
    for call in calls.values():
        for ours, other in zip(mine, call(), strict=True):
            np.testing.assert_allclose(other, ours.numpy(), atol=1e-4 * float(ours.abs().max()))


def theirs(X: np.ndarray, y: np.ndarray, lams: np.ndarray) -> dict[str, Call]:
    """scikit-learn's ways to all coefficients at once: one target for every lambda, by its fastest solver for that."""
    alphas = (len(y) * lams).astype(X.dtype)

    def estimator() -> tuple[np.ndarray, np.ndarray]:
        model = Ridge(alpha=alphas, solver="svd").fit(X, np.repeat(y[:, None], len(lams), axis=1))
        return model.coef_, model.intercept_

    def function() -> tuple[np.ndarray, np.ndarray]:
        x_mean, y_mean = X.mean(0), y.mean()
        targets = np.repeat((y - y_mean)[:, None], len(lams), axis=1)
        W = ridge_regression(X - x_mean, targets, alpha=alphas, solver="svd")
        return W, y_mean - W @ x_mean

    return {"Ridge, one target a lambda": estimator, "ridge_regression, centred by hand": function}


def one_by_one() -> None:
    """The plain way with scikit-learn, for the record: a fit for every lambda."""
    p = data.d2l_problem()
    X, y, lams = p.X_train.numpy(), p.y_train.numpy(), np.logspace(-3, 2, 1000)

    def loop() -> None:
        for lam in lams[::100]:
            Ridge(alpha=p.n * lam).fit(X, y)

    with sweep._threads(1):
        times = best({"loop": loop, "path": lambda: ridge.path(p.X_train, p.y_train, lams)}, 5)
    print(f"  1000 fits of Ridge, one after the other (10 timed): {times['loop'] * 100 / times['path']:.0f} x")


if __name__ == "__main__":
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; every time is the best of many")
    compare_trainings()
    compare_widths()
    compare_paths()
    one_by_one()
