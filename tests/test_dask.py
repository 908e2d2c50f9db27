"""What goes to a Dask cluster, on a real one of two worker processes: trainings and the grading of a class.

One file, so that one worker of pytest starts one cluster; the test that kills one of its workers comes last.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster
from homework.notebooks import as_bytes, solution, stub
from test_homework_grader import needs_sandbox, rows
from test_sweep import GRID, assert_equal

from wdlesson import data, protocol, sweep
from wdlesson.homework.cli import main

F64 = torch.float64


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    """Two worker processes of one thread each."""
    two = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
    with two, Client(two) as client:  # type: ignore[no-untyped-call]
        yield client


def test_a_dask_cluster_gives_the_same_numbers(cluster: Client) -> None:
    p = data.d2l_problem(dtype=F64)
    here = sweep.run(p, **GRID, weights=True)
    with joblib.parallel_config(backend="dask"):
        there = sweep.run(p, **GRID, weights=True)
    assert_equal(here, there)
    assert list(cluster.run(lambda: "wdlesson.sweep" in sys.modules).values()) == [True, True]  # both had work
    with pytest.raises(protocol.DivergenceError, match="is safe, whatever"), joblib.parallel_config(backend="dask"):
        sweep.run(p, lams=[3.0], lrs=[0.5, 0.003], seeds=range(8), on_divergence="raise")
    with pytest.warns(protocol.DivergenceWarning, match="8 of 16"), joblib.parallel_config(backend="dask"):
        sweep.run(p, lams=[3.0], lrs=[0.5, 0.003], seeds=range(8))


@needs_sandbox
def test_a_class_is_graded_there(cluster: Client, tmp_path: Path) -> None:
    folder, results = tmp_path / "submissions", tmp_path / "results"
    folder.mkdir()
    for i in range(4):
        (folder / f"s{i}.ipynb").write_bytes(as_bytes(solution() if i else stub()))
    address = str(cluster.scheduler_info()["address"])
    assert main(["grade", "hw1", str(folder), "--out", str(results), "--quiet", "--dask", address]) == 0
    assert [(row["status"], row["total"]) for row in rows(results).values()] == [("ok", "0"), *[("ok", "20")] * 3]
    graded = list(cluster.run(lambda: "wdlesson.homework.grading.batch" in sys.modules).values())
    assert graded == [True, True]  # both had work


def test_a_worker_killed_in_the_middle_loses_nothing(cluster: Client) -> None:
    p = data.d2l_problem(dtype=F64)
    grid: dict[str, Any] = dict(lams=np.linspace(0, 3, 200), seeds=range(8), epochs=300)
    here = sweep.run(p, **grid)
    address, pid = next(iter(cluster.run(os.getpid).items()))
    killed_while_training: list[str] = []

    def kill() -> None:
        deadline = time.monotonic() + 60
        while not killed_while_training and time.monotonic() < deadline:
            if any("train" in key for key in cluster.processing()[address]):  # type: ignore[no-untyped-call]
                os.kill(pid, signal.SIGKILL)
                killed_while_training.append(address)
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    with joblib.parallel_config(backend="dask"):
        there = sweep.run(p, **grid)
    killer.join()
    assert killed_while_training
    assert pid not in cluster.run(os.getpid).values()
    assert_equal(here, there)
