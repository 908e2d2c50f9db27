"""Notebooks as students hand them in: the solution, with the habits that people have in Jupyter, Colab and VS Code.

Each is made by code. `loses` names the questions that it gets wrong; in its own kernel the checks of all others say
that they are right. `HELPERS` is a module that is installed where the student works, and not where the grader does.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homework.notebooks import solution

HELPERS = (
    "course_helpers",
    "import torch\nGREETING = 'hello'\ndef pretty(x): return f'{x:.3f}'\nFloat = dict[str, int]\n",
)
HIDDEN = re.compile(r"\n### BEGIN HIDDEN TESTS.*", re.DOTALL)
MARKS = re.compile(r" *### (?:BEGIN|END) SOLUTION\n?")

Cells = dict[str, str]  # the sources of the code cells by grade_id, in order
Edit = Callable[[Cells], Any]


@dataclass(frozen=True)
class Student:
    """A notebook that was handed in."""

    name: str
    assignment: str
    data: bytes
    loses: frozenset[str]
    status: str = "ok"


def code_cells(assignment: str) -> Cells:
    """The solution as a student would hold it."""
    code = {cell["id"]: cell["source"] for cell in solution(assignment)["cells"] if cell["cell_type"] == "code"}
    return {key: MARKS.sub("", HIDDEN.sub("", source)) for key, source in code.items()}


def as_notebook(sources: list[str], minor: int = 4, **cell_metadata: Any) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": dict(cell_metadata), "source": source, "outputs": [], "execution_count": None}
        for source in sources
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": minor}


def dumped(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


# What a habit does to the cells.
def above(key: str, text: str) -> Edit:
    return lambda cells: cells.update({key: f"{text}\n{cells[key]}"})


def below(key: str, text: str) -> Edit:
    return lambda cells: cells.update({key: f"{cells[key]}\n{text}"})


def instead(key: str, text: str) -> Edit:
    return lambda cells: cells.update({key: text})


def replaced(key: str, old: str, new: str) -> Edit:
    def edit(cells: Cells) -> None:
        assert old in cells[key], f"{old!r} is not in {key}"
        cells[key] = cells[key].replace(old, new)

    return edit


def first(text: str) -> Edit:
    def edit(cells: Cells) -> None:
        rest = dict(cells)
        cells.clear()
        cells.update({f"first-{hash(text)}": text, **rest})

    return edit


def last(text: str) -> Edit:
    return lambda cells: cells.update({f"last-{len(cells)}": text})


def indented(key: str) -> Edit:
    return lambda cells: cells.update({key: "\n".join(f"    {line}" for line in cells[key].split("\n"))})


def one_cell(cells: Cells) -> None:
    """All answers in one cell, all checks below."""
    answers = [source for key, source in cells.items() if not key.endswith("-check")]
    checks = [source for key, source in cells.items() if key.endswith("-check")]
    cells.clear()
    cells.update({"answers": "\n\n\n".join(answers), "checks": "\n".join(checks)})


STEP = "with torch.no_grad():\n        return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b"
TIMER = """
import functools, time
def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        start = time.time()
        result = function(*args, **kwargs)
        wrapper.seconds = time.time() - start
        return result
    return wrapper
"""
AUTOGRAD = """
def gradient(X, y, w, b):
    w, b = w.detach().clone().requires_grad_(True), b.detach().clone().requires_grad_(True)
    loss = ((X @ w + b - y) ** 2).mean() / 2
    loss.backward()
    return w.grad, b.grad
"""
OPTIMIZER = """
def step(w, b, grad_w, grad_b, lr, lam):
    w_, b_ = torch.nn.Parameter(w.detach().clone()), torch.nn.Parameter(b.detach().clone())
    w_.grad, b_.grad = grad_w.clone(), grad_b.clone()
    optimizer = torch.optim.SGD([{"params": [w_], "weight_decay": lam}, {"params": [b_], "weight_decay": 0}], lr=lr)
    optimizer.step()
    return w_.detach(), b_.detach()
"""
NUMPY_STEP = """
import numpy as np
def step(w, b, grad_w, grad_b, lr, lam):
    w_, b_, gw, gb = (t.detach().numpy() for t in (w, b, grad_w, grad_b))
    new_w = w_ - lr * (gw + lam * w_)
    return torch.from_numpy(np.ascontiguousarray(new_w)), torch.tensor(b_ - lr * gb, dtype=b.dtype)
"""
PLOT = """
import matplotlib.pyplot as plt
losses = []
w_, b_ = torch.zeros(2), torch.tensor(0.0)
X_, y_ = torch.randn(8, 2), torch.randn(8)
for epoch in range(20):
    w_, b_ = step(w_, b_, *gradient(X_, y_, w_, b_), 0.1, 0.1)
    losses.append(record(X_, y_, w_, b_, 0.1)[0])
plt.plot(losses, label="data loss"); plt.legend(); plt.show();
"""
CLASS = """
class Trainer:
    '''Keeps the history.'''
    def __init__(self):
        self.history = []
    def step(self, w, b, grad_w, grad_b, lr, lam):
        self.history.append(float(b))
        with torch.no_grad():
            return w - lr * (grad_w + lam * w), b - lr * grad_b
    @staticmethod
    def penalty(w, lam):
        return 0.5 * lam * torch.sum(w ** 2)
trainer = Trainer()
step = trainer.step
"""
MODULE = """
class Penalty(torch.nn.Module):
    def forward(self, w, lam):
        return lam * w.pow(2).sum() / 2
penalty = Penalty()
"""
HINTS = """
from __future__ import annotations
from typing import Optional
from torch import Tensor
def penalty(w: Tensor, lam: float, scale: Optional[float] = None) -> Tensor:
    return lam / 2 * (w @ w)
"""
DATACLASS = """
from dataclasses import dataclass, field
@dataclass
class Config:
    multiples: dict = field(default_factory=lambda: {"half-mse": 1.0, "torch": 2.0})
    def of(self, name, n):
        return float(n) if name == "sklearn" else self.multiples[name]
config = Config()
def convert(value, source, target, n):
    return value * config.of(target, n) / config.of(source, n)
"""
MATCH = """
def convert(value, source, target, n):
    def multiple(name):
        match name:
            case "half-mse": return 1.0
            case "torch": return 2.0
            case "sklearn": return float(n)
    return value * multiple(target) / multiple(source)
"""
RECURSIVE = """
def train(X, y, w, b, lr, lam, steps):
    if not steps:
        return w, b
    return train(X, y, *step(w, b, *gradient(X, y, w, b), lr, lam), lr, lam, steps - 1)
"""
TQDM = """
from tqdm.auto import tqdm
def train(X, y, w, b, lr, lam, steps):
    for _ in tqdm(range(steps), leave=False, disable=steps < 3):
        w, b = step(w, b, *gradient(X, y, w, b), lr, lam)
    return w, b
"""
BY_TRAIN = """
def train_minibatch(X, y, w, b, lr, lam, batches):
    for rows in batches:
        w, b = train(X[rows], y[rows], w, b, lr, lam, 1)
    return w, b
"""
GLOBALS = """
MULTIPLE = {"half-mse": lambda n: 1.0, "torch": lambda n: 2.0, "sklearn": float}
count = 0
def convert(value, source, target, n):
    global count
    count += 1
    return value * MULTIPLE[target](n) / MULTIPLE[source](n)
"""
GREEK = """
def penalty(w, lam):
    λ, ω = lam, w
    return λ / 2 * (ω @ ω)
"""
ABLATION = """
def step(w, b, grad_w, grad_b, lr, lam):  # what if there were no decay?
    return w - lr * grad_w, b - lr * grad_b
print(train(torch.ones(3, 2), torch.ones(3), torch.ones(2), torch.tensor(0.0), 0.1, 0.5, 3))
"""
COLAB_MOUNT = """
if "google.colab" in str(get_ipython()):
    from google.colab import drive
    drive.mount("/content/drive")
"""
COLAB_TRY = """
try:
    from google.colab import files
    IN_COLAB = True
except ImportError:
    IN_COLAB = False
"""
MAGICS = """
%load_ext autoreload
%autoreload 2
%config InlineBackend.figure_format = 'retina'
%precision 4
%env WDLESSON_SEED=1
import os
seed = int(os.environ["WDLESSON_SEED"])
%who
here = %pwd
"""
OLD_MAGICS = "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')"
DISPLAY = """
from IPython.display import HTML, Markdown, clear_output, display
clear_output(wait=True)
display(Markdown("**hello**"), HTML("<b>x</b>"))
display(penalty(torch.ones(3), 1.0))
"""
AWAIT = """
import asyncio
async def answer():
    await asyncio.sleep(0)
    return {"half-mse": 1.0, "torch": 2.0}
MULTIPLES = await answer()
def convert(value, source, target, n):
    multiple = {**MULTIPLES, "sklearn": float(n)}
    return value * multiple[target] / multiple[source]
"""
WRITEFILE = "%%writefile my_penalty.py\ndef half_square(w):\n    return (w @ w) / 2\n"
TIMED_CELL = "%%time\nfrom math import sqrt\ndef squares(w):\n    return (w * w).sum()\n"
TIMEIT = "%%timeit -n 2 -r 1\npenalty(torch.ones(3), 0.1)"
JIT = "\n@torch.jit.script\ndef penalty(w, lam: float):\n    return lam / 2 * torch.dot(w, w)\n"
FROZEN = (  # no change of the globals may reach an answer that was checked
    "SCALE = 2.0\ndef penalty(w, lam):\n    return lam / SCALE * (w @ w)"
)
LOSS_HELPER = """
def loss(X, y, w, b):
    r = X @ w + b - y
    return (r @ r) / (2 * len(y))
def record(X, y, w, b, lam):
    return loss(X, y, w, b).item(), (lam / 2 * (w @ w)).item(), w.norm().item()
"""

HW1: dict[str, list[Edit]] = {
    "plain": [],
    "time above an answer": [above("q2", "%%time")],
    "help below an answer": [below("q3", "torch.optim.SGD?"), above("q4", "?torch.no_grad")],
    "a loop over the name of a function": [last("for step in range(3):\n    print(step)")],
    "a package of the student's own": [above("q3", "import course_helpers, math\nprint(course_helpers.GREETING)")],
    "type hints of the student's own": [
        above("q1", "from course_helpers import Float"),
        replaced("q1", "def penalty(w, lam):", "def penalty(w: Float, lam: float) -> Float:"),
    ],
    "plots": [
        first("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 72"),
        last(PLOT),
    ],
    "pip": [first("!pip --version\n%pip --version"), above("q5", "# !pip install x")],
    "shell lines": [above("q1", "files = !ls\n!echo {len(files)}"), last("!nvidia-smi"), last("%%bash\necho done")],
    "await": [instead("q6", AWAIT)],
    "an indented cell": [indented("q3"), indented("q5-check")],
    "captured": [above("q1", "%%capture out --no-stderr"), last("out.show()\nprint(out.stdout)")],
    "a file of their own": [
        first(WRITEFILE),
        instead("q1", "from my_penalty import half_square\ndef penalty(w, lam):\n    return lam * half_square(w)"),
    ],
    "a file that is run": [
        first(WRITEFILE),
        instead("q1", "%run my_penalty.py\ndef penalty(w, lam):\n    return lam * half_square(w)"),
    ],
    "many magics": [first(MAGICS), last("%reset -f"), last("%history -n")],
    "magics as calls": [first(OLD_MAGICS)],
    "colab": [first(COLAB_MOUNT), above("q1", "#@title The penalty { display-mode: 'form' }"), first("#@markdown x")],
    "colab with parameters": [first(COLAB_TRY), first("seed = 0 #@param {type: 'integer'}\n%tensorflow_version 2.x")],
    "a helper in another cell": [
        first(TIMED_CELL),
        instead("q1", "def penalty(w, lam):\n    return squares(w) * lam / 2"),
    ],
    "globals": [instead("q6", GLOBALS)],
    "a class": [instead("q3", CLASS), last("penalty = Trainer.penalty\ncheck('hw1.q1', penalty)")],
    "a module of torch": [instead("q1", MODULE)],
    "a decorator": [above("q4", TIMER), replaced("q4", "def train(", "@timed\ndef train(")],
    "no_grad as a decorator": [
        replaced("q3", "def step(", "@torch.no_grad()\ndef step("),
        replaced("q3", STEP, "return (1 - lr * lam) * w - lr * grad_w, b - lr * grad_b"),
    ],
    "type hints": [instead("q1", HINTS)],
    "numpy": [instead("q3", NUMPY_STEP)],
    "autograd": [instead("q2", AUTOGRAD)],
    "an optimizer": [instead("q3", OPTIMIZER)],
    "prints": [below("q3", "print('done')"), replaced("q4", "    for _", "    print(X.shape, steps)\n    for _")],
    "input": [
        last("name = input('your name? ')\nprint(name)"),
        above("q2", "try:\n    input()\nexcept Exception:\n    pass"),
    ],
    "the end of the program": [last("import sys\nsys.exit()")],
    "a stop in the middle": [last("raise SystemExit('the rest is experiments')\nstep = None")],
    "tests of their own": [
        below("q1", "assert penalty(torch.ones(2), 1.0) == 1.0\nassert penalty(torch.ones(1), 0) == 0")
    ],
    "a lambda": [instead("q1", "penalty = lambda w, lam: 0.5 * lam * (w ** 2).sum()")],
    "a partial": [
        instead(
            "q1", "from functools import partial\ndef p(k, w, lam): return k * lam * (w @ w)\npenalty = partial(p, 0.5)"
        )
    ],
    "a second attempt": [
        instead("q3", "def step(w, b, grad_w, grad_b, lr, lam):\n    return w, b"),
        last(f"def step(w, b, grad_w, grad_b, lr, lam):\n    {STEP}\ncheck('hw1.q3', step)"),
        last("check('hw1.q4', train)\ncheck('hw1.q5', train_minibatch)"),
    ],
    "an experiment afterwards": [last(ABLATION)],
    "a function that is deleted": [last("del step, gradient")],
    "a helper that is a number later": [
        instead("q7", LOSS_HELPER),
        last("loss = loss(torch.ones(3, 2), torch.ones(3), torch.ones(2), torch.tensor(0.0))"),
    ],
    "a global that changes later": [instead("q1", FROZEN), last("SCALE = 1.0")],
    "another name": [
        replaced("q3", "def step(", "def my_step("),
        replaced("q3-check", "step)", "my_step)"),
        replaced("q4", " step(", " my_step("),
        replaced("q5", " step(", " my_step("),
    ],
    "all in one cell": [one_cell],
    "greek": [instead("q1", GREEK), first("# Übung 1: 权重衰减 ≈ λ/2·‖w‖²")],
    "tabs and semicolons": [instead("q1", "def penalty(w, lam):\n\tr = w @ w;\n\treturn lam / 2 * \\\n\t\tr")],
    "empty cells": [first(""), last("   \n\n"), last("# nothing"), last("'''a\n%%time\n!ls\n'''")],
    "display": [last(DISPLAY)],
    "seeds and warnings": [
        first("import random, warnings, logging\nwarnings.filterwarnings('ignore')\nrandom.seed(0)")
    ],
    "double by default": [first("import torch\ntorch.set_default_dtype(torch.float64)\ntorch.manual_seed(0)")],
    "a long experiment": [below("q3", "import time\ntime.sleep(4)")],
    "tqdm": [instead("q4", TQDM)],
    "a dataclass": [instead("q6", DATACLASS)],
    "match": [instead("q6", MATCH)],
    "recursion": [instead("q4", RECURSIVE)],
    "minibatches by the training loop": [instead("q5", BY_TRAIN)],
    "main": [
        last("if __name__ == '__main__':\n    print(penalty(torch.ones(2), 0.5))\nimport __main__\n__main__.train")
    ],
    "the source is read": [below("q1", "import inspect\nassert 'lam' in inspect.getsource(penalty)")],
    "jit": [instead("q1", JIT)],
    "timeit": [last(TIMEIT), last("%timeit -n 1 -r 1 step = penalty(torch.ones(2), 1.0)"), last("t = %time 1 + 1\nt")],
    "a frame": [last("import pandas as pd\npd.DataFrame({'lam': [0.1], 'norm': [1.0]}).plot()")],
    "more arguments": [
        replaced("q4", "lam, steps):", "lam, steps, verbose=False, **options):"),
        replaced("q1", "(w, lam)", "(*args)"),
        replaced("q1", "    return", "    w, lam = args\n    return"),
    ],
    "an error in an experiment": [last("torch.ones(2) @ torch.ones(3)"), last("check")],
    "html and javascript": [last("%%html\n<b>x</b>"), last("%%javascript\nalert(1)"), last("%%latex\n$x$")],
}

LSTSQ = """
def ridge(X, y, lam):
    n, d = X.shape
    A = torch.cat([X - X.mean(0), (lam * n) ** 0.5 * torch.eye(d, dtype=X.dtype)])
    c = torch.cat([y - y.mean(), torch.zeros(d, dtype=X.dtype)])
    w = torch.linalg.lstsq(A, c[:, None]).solution[:, 0]
    return w, y.mean() - X.mean(0) @ w
"""
EIGEN = """
def kept(X, lam):
    A = X - X.mean(dim=0, keepdim=True)
    values = torch.linalg.eigvalsh(A.T @ A / X.shape[0]).flip(0)
    return values / (values + lam)
"""
TORCH_ADAMW = """
def adamw_step(w, m, v, grad, t, lr, lam, beta1, beta2, eps):
    p = torch.nn.Parameter(w.detach().clone())
    optimizer = torch.optim.AdamW([p], lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=lam, foreach=False)
    optimizer.state[p] = {"step": torch.tensor(float(t - 1)), "exp_avg": m.clone(), "exp_avg_sq": v.clone()}
    p.grad = grad.clone()
    optimizer.step()
    state = optimizer.state[p]
    return p.detach(), state["exp_avg"], state["exp_avg_sq"]
"""
WHILE = """
def half_life(lr, lam):
    w, steps = 1.0, 0
    while w > 0.5:
        w *= 1 - lr * lam
        steps += 1
    return steps
"""
NUMPY_BEST = """
import numpy as np
def best_lambda(lams, val_loss):
    means = np.asarray(val_loss).mean(axis=1)
    return max(np.array(lams)[np.isclose(means, means.min())])
"""
SORTED_RULE = """
def one_standard_error(lams, val_loss):
    pairs = sorted(zip(lams, val_loss.mean(1).tolist(), val_loss.std(1).tolist()), key=lambda pair: pair[1])
    _, mean, std = pairs[0]
    return max(lam for lam, m, _ in pairs if m <= mean + std / val_loss.shape[1] ** 0.5)
"""
LAST_TIED = """
def best_lambda(lams, val_loss):
    means = val_loss.mean(1)
    return [lam for lam, mean in zip(lams, means) if mean == means.min()][-1]
"""
HW2: dict[str, list[Edit]] = {
    "hw2 plain": [],
    "hw2 least squares": [instead("q3", LSTSQ), below("q3", "torch.linalg.lstsq?")],
    "hw2 eigenvalues": [instead("q4", EIGEN)],
    "hw2 AdamW of torch": [instead("q5", TORCH_ADAMW)],
    "hw2 a loop": [instead("q7", WHILE)],
    "hw2 numpy": [instead("q1", NUMPY_BEST)],
    "hw2 sorted": [instead("q2", SORTED_RULE)],
    "hw2 names that are reused": [last("ridge = ridge(torch.randn(5, 2), torch.randn(5), 0.1)\nkept = [1, 2]")],
    "hw2 scikit-learn": [
        last("from sklearn.linear_model import Ridge\nridge = Ridge(alpha=1.0)\nridge.fit([[1.0], [2.0]], [1.0, 2.0])")
    ],
}

WRONG: dict[str, tuple[str, str, list[Edit]]] = {
    "a stub": ("hw1", "q6", [instead("q6", "def convert(value, source, target, n):\n    raise NotImplementedError()")]),
    "no return": ("hw1", "q1", [instead("q1", "def penalty(w, lam):\n    print(lam / 2 * (w @ w))")]),
    "the bias decays": ("hw1", "q3", [replaced("q3", "b - lr * grad_b", "(1 - lr * lam) * b - lr * grad_b")]),
    "in place": (
        "hw1",
        "q3",
        [replaced("q3", "return (1 - lr * lam) * w - lr * grad_w", "w -= lr * (grad_w + lam * w)\n        return w")],
    ),
    "a wrong penalty in the record": (
        "hw1",
        "q1",
        [replaced("q1", "lam / 2", "lam"), replaced("q7", "(lam / 2 * (w @ w)).item()", "penalty(w, lam).item()")],
    ),
    "float32 in the identity": ("hw2", "q3", [replaced("q3", "torch.eye(d, dtype=X.dtype)", "torch.eye(d)")]),
    "a float32 lambda": ("hw1", "q3", [replaced("q3", "with torch", "lam = torch.tensor(lam)\n    with torch")]),
    "the last of those that tie": (
        "hw2",
        "q1",
        [instead("q1", LAST_TIED)],
    ),
    "an import that is not there": ("hw1", "q7", [above("q7", "raise ImportError('no such thing')")]),
}

LONG = "a long experiment"  # stopped by the grader, whose limits are for tests


# How the file looks.
def format_3(sources: list[str]) -> bytes:
    cells: list[Any] = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Homework"]},
        *(
            dict(cell_type="code", collapsed=False, input=source, language="python", metadata={}, outputs=[])
            for source in sources
        ),
    ]
    sheets = [{"cells": cells, "metadata": {}}]
    return dumped({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets})


def minor(number: int) -> Callable[[list[str]], bytes]:
    return lambda sources: dumped(as_notebook(sources, number))


def with_ids(sources: list[str]) -> bytes:
    notebook = as_notebook(sources, 5)
    for i, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell{i}"
    return dumped(notebook)


def out_of_order(sources: list[str]) -> bytes:
    """Run in another order than they stand in, with what that printed."""
    notebook = as_notebook(sources)
    for i, cell in enumerate(notebook["cells"]):
        cell["execution_count"] = 99 - i if i % 3 else None
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hw1.q1: not yet."}]
    return dumped(notebook)


def of_colab(sources: list[str]) -> bytes:
    notebook = as_notebook(sources, 0, colab={"base_uri": "https://localhost:8080/"}, id="kX3bQ9")
    notebook["metadata"] |= {"colab": {"name": "hw1.ipynb", "provenance": []}, "accelerator": "GPU"}
    text = {"cell_type": "markdown", "metadata": {"id": "z"}, "source": ["# Homework\n", "![x](attachment:x.png)"]}
    notebook["cells"].insert(0, text)
    return json.dumps(notebook).encode()


def of_vs_code(sources: list[str]) -> bytes:
    notebook = as_notebook(sources, 2, vscode={"languageId": "python"})
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    notebook["cells"].append({"cell_type": "raw", "metadata": {}, "source": "def step(): pass"})
    return dumped(notebook)


def crlf(sources: list[str]) -> bytes:
    return dumped(as_notebook([source.replace("\n", "\r\n") for source in sources])).replace(b"\n", b"\r\n")


def encoded(encoding: str) -> Callable[[list[str]], bytes]:
    return lambda sources: dumped(as_notebook(sources)).decode().encode(encoding)


FORMS: dict[str, Callable[[list[str]], bytes]] = {
    "format 3": format_3,
    **{f"format 4.{number}": minor(number) for number in range(5)},
    "format 4.5": with_ids,
    "out of order": out_of_order,
    "of Colab": of_colab,
    "of VS Code": of_vs_code,
    "CRLF": crlf,
    "byte order mark": encoded("utf-8-sig"),
    "UTF-16": encoded("utf-16"),
}
FEATURES = [above("q2", "%%time"), below("q3", "torch.optim.SGD?"), last("for step in range(3): pass")]


def student(name: str, assignment: str, edits: list[Edit], loses: str = "", form: Any = None) -> Student:
    cells = code_cells(assignment)
    for edit in edits:
        edit(cells)
    lost = frozenset(f"{assignment}.{question}" for question in loses.split())
    data = (form or minor(4))(list(cells.values()))
    return Student(name, assignment, data, lost, "timeout" if name == LONG else "ok")


def students() -> list[Student]:
    """All of them."""
    return [
        *(student(name, "hw2" if name.startswith("hw2") else "hw1", edits) for name, edits in {**HW1, **HW2}.items()),
        *(student(name, "hw1", FEATURES, form=form) for name, form in FORMS.items()),
        *(student(name, assignment, edits, loses) for name, (assignment, loses, edits) in WRONG.items()),
    ]
