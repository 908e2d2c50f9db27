"""The rules by which a parameter decays or doesn't: one of our own, and those of four libraries.

`wdlesson.groups` says in words what each does, and which release of which library it was read from.
"""

import re
from collections.abc import Callable

from torch import nn

from wdlesson.kinds import Entry

Decision = tuple[bool, str]  # whether a parameter decays, and why

_DECAYING = {"weight", "embedding", "low-rank", "matrix"}
_HUGGINGFACE = re.compile(r"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)")
_FASTAI_NORMS = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
    nn.LayerNorm,
)


def _by_kind(entry: Entry) -> Decision:
    """Weights of every kind decay, and nothing else."""
    return entry.kind in _DECAYING, entry.words


def _nanogpt(entry: Entry) -> Decision:
    """Two axes or more: `configure_optimizers` in nanoGPT's model.py."""
    return entry.tensor.ndim >= 2, f"nanogpt: ndim {entry.tensor.ndim}, {entry.words}"


def _huggingface(entry: Entry) -> Decision:
    """Neither inside a LayerNorm nor named so: transformers' `Trainer.get_decay_parameter_names`.

    It goes by the first name, and the network itself may be a LayerNorm without effect.
    """
    place = entry.places[0]
    named = _HUGGINGFACE.search(place.name.lower())
    inside = any(isinstance(module, nn.LayerNorm) for module in place.modules[1:])
    why = f"named {named[0]!r}" if named else "inside a LayerNorm" if inside else "not named like a bias or norm"
    return not (named or inside), f"huggingface: {why}, {entry.words}"


def _fastai(entry: Entry) -> Decision:
    """Neither in some of torch's normalisations nor the `bias` of a module: fastai's `norm_bias_params`."""
    inside = any(isinstance(module, _FASTAI_NORMS) for place in entry.places for module in place.modules)
    bias = any(place.label == "bias" for place in entry.places)
    why = "in a batch, instance or layer norm" if inside else "called bias" if bias else "neither bias nor norm"
    return not (inside or bias), f"fastai: {why}, {entry.words}"


def _olmo2(entry: Entry) -> Decision:
    """By kind, but norms and biases decay, and embeddings don't: the released settings of OLMo 2 7B."""
    return entry.kind in _DECAYING - {"embedding"} | {"norm", "bias"}, f"olmo2: {entry.words}"


RULES: dict[str, Callable[[Entry], Decision]] = {
    "kind": _by_kind,
    "nanogpt": _nanogpt,
    "huggingface": _huggingface,
    "fastai": _fastai,
    "olmo2": _olmo2,
}
