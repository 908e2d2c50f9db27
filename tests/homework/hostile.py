"""The hostile and broken code in `hostile/`: a file each, with the row that it must get.

A file starts with lines like `# status: timeout`:

    status    the row's; "timeout|crash" where either will do
    lost      the numbers of the questions that it may not be paid for; every other one must be paid in full
    where     "first" (a cell in front of the solution of homework 1, if nothing is said), "last", or the question
              whose cell it replaces
    stubs     "yes": functions that return zeros come before it, in its cell
    words     somewhere in the message or the report
    printed   somewhere in the log
"""

import re
from dataclasses import dataclass
from pathlib import Path

STUBS = """
def penalty(w, lam): return torch.zeros(())
def gradient(X, y, w, b): return torch.zeros_like(w), torch.zeros_like(b)
def step(w, b, grad_w, grad_b, lr, lam): return w.detach().clone(), b.detach().clone()
def train(X, y, w, b, lr, lam, steps): return w.detach().clone(), b.detach().clone()
def train_minibatch(X, y, w, b, lr, lam, batches): return w.detach().clone(), b.detach().clone()
def convert(value, source, target, n): return 0.0
def record(X, y, w, b, lam): return 0.0, 0.0, 0.0
"""


@dataclass(frozen=True)
class Hostile:
    name: str
    code: str
    status: str
    lost: str = ""
    where: str = "first"
    words: str = ""
    printed: str = ""


def load(path: Path) -> Hostile:
    text = path.read_text(encoding="utf-8")
    head, code = text.split("\n\n", 1)
    fields = dict(re.findall(r"^# (\w+): (.*)$", head, re.MULTILINE))
    if fields.pop("stubs", "") == "yes":
        code = STUBS + code
    fields["printed"] = fields.get("printed", "").encode().decode("unicode_escape")
    return Hostile(path.stem, code, **fields)


HOSTILE = [load(path) for path in sorted((Path(__file__).parent / "hostile").glob("*.txt"))]
