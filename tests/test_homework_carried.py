"""A mistake is carried forward: who slips in one function earns the points of those that call it and are right."""

from typing import Any

import pytest
from homework.notebooks import as_bytes, cells, notebook
from homework.student_notebooks import code_cells

from wdlesson.homework import check
from wdlesson.homework.grading.results import Graded
from wdlesson.homework.grading.submission import grade
from wdlesson.homework.sandbox import bubblewrap
from wdlesson.homework.sandbox.limits import Limits

UNAVAILABLE = bubblewrap.unavailable_reason()
pytestmark = pytest.mark.skipif(UNAVAILABLE is not None, reason=str(UNAVAILABLE))

HEAD = "def {function}:\n    with torch.no_grad():\n        "
STEP = HEAD.format(function="step(w, b, grad_w, grad_b, lr, lam)")
GRADIENT = "def gradient(X, y, w, b):\n    r = X @ w + b - y\n    return "
RIGHT = {
    "the bias decays": ({"q3": STEP + "return w - lr * (grad_w + lam * w), b - lr * (grad_b + lam * b)"}, "3"),
    "a slip without a name": ({"q3": STEP + "return w - lr * (grad_w + lr * w), b - lr * grad_b"}, "3"),
    "the graph is kept": (
        {"q3": "def step(w, b, gw, gb, lr, lam):\n    return w - lr * (gw + lam * w), b - lr * gb"},
        "3",
    ),
    "in place": ({"q3": STEP + "w -= lr * (grad_w + lam * w)\n        b -= lr * grad_b\n        return w, b"}, "3"),
    "float32": ({"q3": STEP + "return (w - lr * (grad_w + lam * w)).float().to(w.dtype), b - lr * grad_b"}, "3"),
    "the gradient": ({"q2": GRADIENT + "2 * X.T @ r / len(y), 2 * r.mean()"}, "2"),
    "both": (
        {"q2": GRADIENT + "X.T @ r, r.sum()", "q3": STEP + "return w - lr * grad_w, b - lr * grad_b"},
        "23",
    ),
    "the training loop": (
        {
            "q4": cells()["q4"].replace("range(steps)", "range(steps + 1)"),
            "q5": "def train_minibatch(X, y, w, b, lr, lam, batches):\n    for rows in batches:\n"
            "        w, b = train(X[rows], y[rows], w, b, lr, lam, 1)\n    return w, b",
        },
        "4",
    ),
    "the penalty": (
        {
            "q1": "def penalty(w, lam): return lam * (w @ w)",
            "q7": cells()["q7"].replace("(lam / 2 * (w @ w)).item()", "penalty(w, lam).item()"),
        },
        "1",
    ),
}
IDENTITY = STEP + "return w.clone(), b.clone()"
NO_LOOP = {
    "q4": "def train(X, y, w, b, *_):\n    return w.detach(), b.detach()",
    "q5": "def train_minibatch(X, y, w, b, *_):\n    return w.detach(), b.detach()",
}
ONE_STEP = cells()["q4"].replace("range(steps)", "range(min(steps, 1))")
ZEROS = STEP + "return torch.zeros_like(w), torch.zeros_like(b)"
NOT_PAID = {
    "a loop that is wrong as well": (
        {**RIGHT["the bias decays"][0], "q4": cells()["q4"].replace("range(steps)", "range(steps + 1)")},
        "34",
    ),
    "no step and no loop": ({"q3": IDENTITY, **NO_LOOP}, "345"),
    "a step that forgets and no loop": ({"q3": ZEROS, "q4": ONE_STEP}, "345"),
    "no step at all": ({"q3": "step = None"}, "345"),
    "a step that is not written": ({"q3": "def step(*a): raise NotImplementedError()"}, "345"),
    "a step that raises": ({"q3": "def step(*a): return 1 / 0"}, "345"),
    "a step that returns nothing": ({"q3": "def step(*a): pass"}, "345"),
    "a step that returns text": ({"q3": "def step(*a): return 'w', 'b'"}, "345"),
}


def graded(changes: dict[str, str]) -> Graded:
    data = as_bytes(notebook(list({**cells(), **changes}.values())))
    return grade(data, "hw1", 3, Limits(cell_seconds=30, call_seconds=30, submission_seconds=120))


def lost(said: Graded) -> str:
    return "".join(name[-1] for name, points in said.points.items() if points == 0)


@pytest.mark.parametrize("name", RIGHT)
def test_the_functions_that_call_a_wrong_one_earn_their_own_points(name: str) -> None:
    changes, wrong = RIGHT[name]
    said = graded(changes)
    assert lost(said) == wrong, said.feedback
    carried = [words for words in said.feedback.values() if words.startswith("Right but for your own ")]
    assert carried
    assert {words.partition("(")[2].partition(")")[0] for words in carried} == {
        ", ".join(f"hw1.q{number}" for number in wrong)
    }


@pytest.mark.parametrize("name", NOT_PAID)
def test_nothing_is_carried_that_a_wrong_function_makes_too_easy(name: str) -> None:
    changes, wrong = NOT_PAID[name]
    said = graded(changes)
    assert lost(said) == wrong, said.feedback


def test_the_instant_check_says_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    changes = RIGHT["the bias decays"][0]
    names: dict[str, Any] = {}
    for key, source in {**code_cells("hw1"), **changes}.items():
        if not key.endswith("-check"):
            exec(source, names)
    check("hw1.q3", names["step"])
    check("hw1.q4", names["train"])
    said = " ".join(capsys.readouterr().out.split())
    assert "hw1.q3: not yet. The bias is decayed too" in said
    assert "hw1.q4: Right but for your own step (hw1.q3), where the mistake is: this question's points are" in said


def test_hw2_carries_the_best_lambda() -> None:
    code = {key: source for key, source in code_cells("hw2").items() if not key.endswith("-check")}
    code["q1"] = "def best_lambda(lams, val_loss):\n    return min(lams)"
    code["q2"] = code["q2"].replace("means.argmin()", "lams.index(best_lambda(lams, val_loss))")
    data = as_bytes(notebook(list(code.values())))
    said = grade(data, "hw2", 3, Limits(cell_seconds=30, call_seconds=30, submission_seconds=120))
    assert {name for name, points in said.points.items() if points == 0} == {"hw2.q1"}
    assert said.feedback["hw2.q2"].startswith("Right but for your own best_lambda (hw2.q1)")


def test_the_report_says_which_function_was_graded() -> None:
    data = as_bytes(notebook([*cells().values(), "for step in range(3): pass", "del record"]))
    said = grade(data, "hw1", 3, Limits(cell_seconds=30, call_seconds=30, submission_seconds=120))
    assert sum(said.points.values()) == 20
    own = list(cells()).index("q3") + 1
    later = len(cells()) + 1
    assert said.feedback["hw1.q3"] == (
        f"Right. step is an int since cell {later}; the function of cell {own} was graded."
    )
    assert "record is deleted since cell" in said.feedback["hw1.q7"]
