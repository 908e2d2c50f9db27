"""The pages today and fine-tuning: their own code, with the seeds and settings that are too long for a reader."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from conftest import definitions

pytestmark = pytest.mark.weekly


@pytest.fixture(autouse=True)
def as_on_the_page() -> Iterator[None]:
    """Double precision and one thread."""
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    yield
    torch.set_default_dtype(dtype)
    torch.set_num_threads(threads)


@pytest.fixture
def today(as_on_the_page: None) -> dict[str, Any]:
    return definitions("today", "digits", "order", "X_train", "y_train", "cosine")


@pytest.fixture
def tuning(as_on_the_page: None) -> dict[str, Any]:
    return definitions("fine-tuning")


def sgd(g: Any, m: Any, v: Any, t: int) -> tuple[Any, Any, Any]:
    return g, m, v


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_the_correction_takes_the_rise_away(today: dict[str, Any], optimiser: str, shuffled: bool) -> None:
    """All of it with true labels, most of it with random ones."""
    labels = today["y_train"]
    if shuffled:
        labels = labels[torch.randperm(1000, generator=today["data"].generator(0, "labels"))]
    settings = (sgd, 0.1, 0.3) if optimiser == "sgd" else (today["adam_here"], 0.01, 3.0)
    plain, corrected = today["rise"](today["gradient_norms"](*settings, labels))
    assert plain.min() > (2.3 if shuffled else 1.25)
    assert corrected.max() < (1.6 if shuffled else 1.05)
    assert corrected.min() > (1.2 if shuffled else 0.8)
    assert (plain / corrected).min() > 1.4


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_best_lambda_is_in_proportion_to_the_batch_from_4_to_64(today: dict[str, Any], seed: int) -> None:
    spans = today["best_spans"]((4, 16, 64, 256), -3, seed=seed)
    assert (spans[:3].amax(0) / spans[:3].amin(0)).max() < 1.5
    assert (spans[2] / spans[3]).min() > 1.5


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_it_is_not_where_the_start_is_long(today: dict[str, Any], seed: int) -> None:
    spans = today["best_spans"]((8, 128), -6, size=1.0, seed=seed)
    assert (16 * spans[0] / spans[1]).min() > 50


def test_the_best_of_11_timescales_is_among_the_7_of_the_page(today: dict[str, Any]) -> None:
    spans = [2.0**k for k in range(-6, 5)]
    found = [today["vertex"](spans, kl) for kl in today["one_pass"](64, spans).transpose(0, 1)]
    assert found == pytest.approx(today["best_spans"]((64,), -3)[0].tolist(), rel=1e-6)


def test_lora_pays_lambda_over_s_under_sgd_and_nothing_under_adamw(tuning: dict[str, Any]) -> None:
    fit, off, best = tuning["fit"], tuning["off"], tuning["best_update"]
    for seed in range(10):
        for s in (1.0, 2.0):
            update = fit(seed, torch.optim.SGD, s, lr=0.002, weight_decay=8.0)
            assert off(update, best(seed, 8 / s)) < 1e-10
            assert torch.linalg.matrix_rank(update, rtol=1e-8) == 3
        update = fit(seed, torch.optim.AdamW, 2.0, lr=0.01, weight_decay=1.0, betas=(0.9, 0.95))
        assert off(update, best(seed, 0)) < 1e-3
