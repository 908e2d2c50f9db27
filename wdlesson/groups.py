"""Which parameters of a network decay, and why: the groups for `torch.optim`, by the kind of each parameter's module.

For a network `net`, look at the table, then make the optimizer::

    from wdlesson import groups

    print(groups.table(net, weight_decay=0.1).to_string())
    optimizer = torch.optim.AdamW(groups.parameter_groups(net, weight_decay=0.1), lr=3e-4)

**What decays by kind**, the rule unless another is named:

- *decays*: `weight`, the weights of linear, bilinear, convolution, recurrent and attention layers (`weight_hh_l0`,
  `in_proj_weight`); `embedding`, those of `nn.Embedding` and `nn.EmbeddingBag`; `low-rank`, what is called `lora_A`,
  `lora_B` or the like;
- *doesn't*: `bias`, the biases of all these; `norm`, the gains and shifts of normalisation layers; `magnitude`, the g
  of weight normalisation (its v decays); `scale`, the slopes of `nn.PReLU`.

Wrappers (`DataParallel`, `torch.compile`), `nn.utils.parametrize` and subclasses change nothing: what counts is the
module inside, and of a parametrised tensor the tensor that it makes.

**What a module of your own holds itself**, as an `nn.Parameter`, is guessed, in this order; the reason in the table
then has the words "by its name", "by the name of its class" or "by its shape":

1. `marked`, doesn't decay: a parameter with an attribute `_no_weight_decay` that is true.
2. `norm`: the class has "norm" in its name and all of its own parameters have one shape, but for axes of length 1 and
   single numbers. If that shape has several axes longer than 1, the name must end so: `MyLayerNorm`, `RMSNorm2d`.
3. By the last part of the name: `bias`, if it contains "bias", or is `b`, `b1`, `b_Q` or the like; `scale`, if
   "scale", "gain", "shift" or "temperature" is a word of it (`logit_scale`); `low-rank`, if a word of it begins with
   "lora"; `weight`, if it is `w`, `W1`, `W_xh` or the like, or has the word "weight" and the class's name has "linear",
   "dense", "conv", "attention", "rnn", "lstm" or "gru" (`MyLinear.weight`).
4. `vector`, doesn't decay: at most one axis is longer than 1 (LayerScale, a class token, a gate).
5. `embedding`: the name has "embed", "token", `pos` or `position`, or the class's name ends in "Embedding".
6. `matrix`, decays: all that is left.

Where the guess is wrong, say so by pattern: `no_decay=["*.A_log"]`, `decay=["coef"]`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import NoneType
from typing import Any, Literal

import pandas as pd
from torch import Tensor, nn

from wdlesson import checks
from wdlesson.decay_rules import RULES, Decision
from wdlesson.kinds import Entry, entries

__all__ = ["check_groups", "parameter_groups", "table"]

Rule = Literal["kind", "nanogpt", "huggingface", "fastai", "olmo2"]


def parameter_groups(
    module: nn.Module,
    weight_decay: float,
    *,
    rule: Rule = "kind",
    embeddings: bool | None = None,
    norms: bool | None = None,
    biases: bool | None = None,
    decay: Sequence[str] = (),
    no_decay: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The parameters of a network that train, in two groups for `torch.optim`: those that decay, and the rest.

    Parameters
    ----------
    module : nn.Module
        Any network. Lazy layers must have seen a batch. For several networks, pass `nn.ModuleList([a, b])`.
    weight_decay : float
        What the first group gets, 0 or more, in the optimizer's own convention; the second group gets 0.
    rule : {"kind", "nanogpt", "huggingface", "fastai", "olmo2"}, optional
        What decays. "kind" is the rule of this module's documentation. The others are those of libraries:

        - "nanogpt": whatever has two axes or more (`configure_optimizers` in nanoGPT's model.py).
        - "huggingface": whatever is neither inside an `nn.LayerNorm` nor named like a bias or a norm ("bias",
          "layernorm", "rmsnorm", a part "norm" or ending in "_norm"). So the gain of a batch normalisation called `bn1`
          decays, and that of your own RMSNorm called `ln_1`. (`Trainer.get_decay_parameter_names` of transformers
          5.24; older releases have fewer names.)
        - "fastai": whatever is neither in one of torch's batch, instance or layer normalisations nor the attribute
          `bias` of a module. So the biases of recurrent layers decay, and attention's `in_proj_bias`, and the gains of
          `nn.RMSNorm` and `nn.GroupNorm`. (`norm_bias_params` of fastai 2.8, as `Learner` uses it with
          `wd_bn_bias=False`. What decays is copied; fastai's groups, which are for learning rates, are not.)
        - "olmo2": as "kind", with `norms=True, biases=True, embeddings=False`. (The released settings of OLMo 2 7B,
          `decay_norm_and_bias: true, decay_embeddings: false`. OLMo's code refuses a module that it doesn't know,
          and one with a head tied under a second name; here the first goes by kind, the second counts as embedding.)
    embeddings, norms, biases : bool or None, optional
        Whether this kind decays, whatever the rule says; None leaves it to the rule. A parameter that is tied, such as
        an embedding and an output layer, is an embedding if it is one anywhere.
    decay, no_decay : list of str, optional
        Patterns of names that decide before all else, such as `["*.lora_A", "head.*"]`, as in `fnmatch`: a star stands
        for any text, dots included. A tied parameter is found by each of its names. Each pattern must match one.

    Returns
    -------
    list of dict
        Two groups, one of them empty if need be, which torch's optimizers take as they are (LBFGS takes no groups).
        Their entries: "params", "weight_decay", "name" ("decay" or "no_decay"), and "names", those of the parameters
        in order. Each parameter that requires a gradient is in exactly one, a tied one under the first of its names.

    Raises
    ------
    ValueError
        For a lazy layer, a part of TorchScript, a flat parameter of FSDP, a module of which nothing trains, an unknown
        rule, a pattern that matches nothing, or a parameter that is to decay and not to decay.
    TypeError
        For an argument of the wrong kind.

    Examples
    --------
    >>> net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1))
    >>> for group in parameter_groups(net, 0.1):
    ...     print(group["name"], group["weight_decay"], group["names"])
    decay 0.1 ['0.weight', '2.weight']
    no_decay 0.0 ['0.bias', '1.weight', '1.bias', '2.bias']
    """
    options = {"embeddings": embeddings, "norms": norms, "biases": biases}
    rows = _rows(module, rule, options, {"decay": decay, "no_decay": no_decay})
    strength = checks.non_negative("weight_decay", weight_decay)
    groups = [_group("decay", strength, rows), _group("no_decay", 0.0, rows)]
    if not any(group["params"] for group in groups):
        raise ValueError("module has no parameter that requires a gradient; unfreeze what is to be trained")
    check_groups(module, groups)
    return groups


def table(
    module: nn.Module,
    weight_decay: float,
    *,
    rule: Rule = "kind",
    embeddings: bool | None = None,
    norms: bool | None = None,
    biases: bool | None = None,
    decay: Sequence[str] = (),
    no_decay: Sequence[str] = (),
) -> pd.DataFrame:
    """What `parameter_groups` does with the same arguments, as a frame: every parameter, its group, and the reason.

    Parameters
    ----------
    module, weight_decay, rule, embeddings, norms, biases, decay, no_decay : optional but the first two
        As in `parameter_groups`.

    Returns
    -------
    pandas.DataFrame
        A row for each parameter, under its first name, with columns "shape", "numel" (how many numbers), "kind",
        "group" ("decay", "no_decay" or "frozen"), "weight_decay" (NaN for what is frozen) and "reason".
        `frame.groupby("group")["numel"].agg(["count", "sum"])` counts;
        `frame[frame["reason"].str.contains(", by ")]` lists the guesses.

    Raises
    ------
    ValueError, TypeError
        As `parameter_groups`, but for a module of which nothing trains.

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv1d(2, 3, 1), nn.BatchNorm1d(3))
    >>> print(table(net, 0.1)[["numel", "group", "reason"]].to_string(index_names=False))
              numel     group                        reason
    0.weight      6     decay              weight of Conv1d
    0.bias        3  no_decay                bias of Conv1d
    1.weight      3  no_decay  gain or shift of BatchNorm1d
    1.bias        3  no_decay  gain or shift of BatchNorm1d
    """
    options = {"embeddings": embeddings, "norms": norms, "biases": biases}
    rows = _rows(module, rule, options, {"decay": decay, "no_decay": no_decay})
    strengths = {"decay": checks.non_negative("weight_decay", weight_decay), "no_decay": 0.0}
    columns = {
        "shape": [tuple(row.entry.tensor.shape) for row in rows],
        "numel": [row.entry.tensor.numel() for row in rows],
        "kind": [row.entry.kind for row in rows],
        "group": [row.group for row in rows],
        "weight_decay": [strengths.get(row.group, float("nan")) for row in rows],
        "reason": [row.reason for row in rows],
    }
    return pd.DataFrame(columns, index=pd.Index([row.entry.names[0] for row in rows], name="name", dtype="str"))


def check_groups(module: nn.Module, groups: Sequence[dict[str, Any]]) -> None:
    """Check that every parameter of a network that trains is in exactly one group, whoever made the groups.

    PyTorch is silent about a parameter that is in no group, and never trains it. One that is frozen may be left out, a
    tied one counts once, and the groups may hold parameters of other networks too.

    Parameters
    ----------
    module : nn.Module
        The network.
    groups : list of dict
        A list of dictionaries as `torch.optim` takes them, or an optimizer's `param_groups`. Each has under "params"
        a parameter, or a list or tuple of parameters or of pairs (name, parameter).

    Raises
    ------
    ValueError
        If a parameter that trains is in no group, or any is there twice; the message names it.
    TypeError
        If the groups are of another form, iterators among them, since to check one would use it up.

    Examples
    --------
    >>> net = nn.Linear(3, 1)
    >>> check_groups(net, [{"params": [net.weight], "weight_decay": 0.1}])
    Traceback (most recent call last):
    ValueError: groups has no place for bias; every parameter that requires a gradient must be in one
    """
    checks.instance("module", module, nn.Module, "a torch.nn.Module")
    checks.instance("groups", groups, (list, tuple), "a list of dictionaries with an entry 'params'")
    times = Counter(id(p) for group in groups for p in _members(group))
    trained = dict(module.named_parameters())
    missing = [name for name, p in trained.items() if p.requires_grad and not times[id(p)]]
    if missing:
        rule = "every parameter that requires a gradient must be in one"
        raise ValueError(f"groups has no place for {_listed(missing)}; {rule}")
    for name, p in trained.items():
        if times[id(p)] > 1:
            raise ValueError(f"groups has {name} {times[id(p)]} times; it must be in exactly one group, once")


def _members(group: Any) -> list[Tensor]:
    """The parameters of one group, without the names that may come with them."""
    given = group.get("params") if isinstance(group, dict) else None
    if isinstance(given, Iterator):
        raise TypeError("groups has an iterator under 'params', which a check would use up; pass a list of it")
    given = [given] if isinstance(given, Tensor) else given
    if not isinstance(given, Iterable) or isinstance(given, AbstractSet | str):
        raise TypeError(f"groups has {checks.shown(group)}; it must hold dictionaries with a list under 'params'")
    members = [one[1] if isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str) else one for one in given]
    for member in members:
        checks.instance("groups' params", member, Tensor, "a parameter, or a pair of a name and a parameter")
    return members


# ---- From the network to rows, of which both the groups and the table are made ----


@dataclass(frozen=True, eq=False)
class _Row:
    entry: Entry
    group: str
    reason: str


def _rows(
    module: nn.Module, rule: str, options: dict[str, bool | None], patterns: dict[str, Sequence[str]]
) -> list[_Row]:
    checks.instance("module", module, nn.Module, "a torch.nn.Module")
    if not isinstance(rule, str) or rule not in RULES:
        raise ValueError(f"rule is {checks.shown(rule)}; it must be one of {', '.join(RULES)}")
    for name, value in options.items():
        checks.instance(name, value, (bool, NoneType), "True, False or None")
    found = entries(module)
    named = _matched(found, patterns)
    return [_row(entry, RULES[rule], options, named) for entry in found]


def _row(
    entry: Entry, rule: Callable[[Entry], Decision], options: dict[str, bool | None], named: dict[int, Decision]
) -> _Row:
    if not entry.tensor.requires_grad:
        return _Row(entry, "frozen", "requires no gradient")
    decays, reason = named.get(id(entry.tensor)) or _by_option(entry, options) or rule(entry)
    return _Row(entry, "decay" if decays else "no_decay", reason)


def _by_option(entry: Entry, options: dict[str, bool | None]) -> Decision | None:
    name = {"embedding": "embeddings", "norm": "norms", "bias": "biases"}.get(entry.kind, "")
    chosen = options.get(name)
    return None if chosen is None else (chosen, f"{entry.words}; {name}={chosen}")


def _matched(found: list[Entry], patterns: dict[str, Sequence[str]]) -> dict[int, Decision]:
    """What the patterns decide, by the id of the parameter."""
    decided: dict[int, Decision] = {}
    for argument, given in patterns.items():
        checks.instance(argument, given, (list, tuple), "a list of patterns of names, such as ['*.bias']")
        for pattern in given:
            checks.instance(argument, pattern, str, "a list of patterns of names, each a text")
            for entry in _named_so(found, argument, pattern):
                decays, reason = decided.setdefault(id(entry.tensor), (argument == "decay", f"{argument}: {pattern}"))
                if decays != (argument == "decay"):
                    raise ValueError(f"{argument} has {pattern!r}, and {reason}; {entry.names[0]} must be in one alone")
    return decided


def _named_so(found: list[Entry], argument: str, pattern: str) -> list[Entry]:
    matching = [entry for entry in found if any(fnmatchcase(name, pattern) for name in entry.names)]
    if not matching:
        names = _listed([entry.names[0] for entry in found])
        raise ValueError(f"{argument} has {pattern!r}, which matches no parameter; they are {names}")
    return matching


def _listed(names: list[str]) -> str:
    """The names, or the first four of them and the number of the rest."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _group(name: str, weight_decay: float, rows: list[_Row]) -> dict[str, Any]:
    members = [row.entry for row in rows if row.group == name]
    return {
        "params": [entry.tensor for entry in members],
        "weight_decay": weight_decay,
        "name": name,
        "names": [entry.names[0] for entry in members],
    }
