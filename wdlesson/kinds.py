"""What each parameter of a network is, by the module that owns it: `wdlesson.groups` decides by this what decays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils.parametrizations import _WeightNorm
from torch.nn.utils.parametrize import ParametrizationList, type_before_parametrizations

# The kinds, and the words for each. A tied parameter that is of two kinds is of the one that comes first here.
KINDS = {
    "embedding": "embedding of {}",
    "weight": "weight of {}",
    "low-rank": "low-rank factor of {}",
    "norm": "gain or shift of {}",
    "bias": "bias of {}",
    "magnitude": "weight-norm magnitude of {}",
    "scale": "scale of {}",
    "marked": "marked _no_weight_decay in {}",
    "matrix": "own parameter of {}",
    "vector": "own parameter of {}",
}

NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_TORCH: dict[str, tuple[type[nn.Module], ...]] = {
    "weight": (nn.Linear, nn.Bilinear, *_CONVOLUTIONS, nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention),
    "embedding": (nn.Embedding, nn.EmbeddingBag),
    "norm": NORMS,
    "scale": (nn.PReLU,),
}
# The names that these modules give to their parameters; any other name in a subclass of one is the subclass's own.
_TORCH_NAME = re.compile(
    r"weight|bias|(weight|bias)_(ih|hh|hr)(_l\d+)?(_reverse)?|in_proj_(weight|bias)|[qkv]_proj_weight|bias_[kv]"
)
# The names by which a module's own parameter is known, whatever its shape, and those that need two long axes.
_OWN_NAME = {
    "bias": re.compile(r"bias|^b(\d*|_\w+)(\.|$)"),
    "scale": re.compile(r"(^|_)(scale|scaling|gain|shift|temperature)s?(\d|_|\.|$)"),
    "low-rank": re.compile(r"(^|[_.])lora(?!.*magnitude)", re.IGNORECASE),
    "weight": re.compile(r"^[wW](\d*|_\w+)(\.|$)"),
}
_EMBEDDING_NAME = re.compile(r"embed|(^|_)pos(ition)?s?(\d|_|\.|$)|token", re.IGNORECASE)
_EMBEDDING_CLASS = re.compile(r"(?<!un)embed(ding)?s?$", re.IGNORECASE)
_LAYER_CLASS = re.compile(r"linear|dense|conv|attention|rnn|lstm|gru", re.IGNORECASE)
_LAYER_NAME = re.compile(r"(^|_)weights?(\d|_|\.|$)")
_NORM_CLASS = re.compile(r"norm(ali[sz]ation)?(_?\dd)?$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Place:
    """One name of a parameter, and the modules around it: the whole network first, the owner last.

    Parameters
    ----------
    name : str
        Such as "layers.0.weight".
    modules : tuple of nn.Module
        From the whole network to the owner.
    tensor : nn.Parameter
        The parameter.
    """

    name: str
    modules: tuple[nn.Module, ...]
    tensor: nn.Parameter

    @property
    def owner(self) -> nn.Module:
        """The module that holds the parameter."""
        return self.modules[-1]

    @property
    def label(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, eq=False)
class Entry:
    """One parameter: its places, of which a tied one has several, its kind, and the kind in words.

    Parameters
    ----------
    tensor : nn.Parameter
        The parameter.
    places : tuple of Place
        Where it is, in the order of `module.named_parameters()`.
    kind : str
        A key of `KINDS`.
    words : str
        The kind in words, with what it was known by.
    """

    tensor: nn.Parameter
    places: tuple[Place, ...]
    kind: str
    words: str

    @property
    def names(self) -> tuple[str, ...]:
        """All names, first the one that `named_parameters` gives."""
        return tuple(place.name for place in self.places)


def entries(module: nn.Module) -> list[Entry]:
    """Every parameter of a network once, in the order of `module.parameters()`.

    Parameters
    ----------
    module : nn.Module
        The network.

    Returns
    -------
    list of Entry
        Tied parameters count once.

    Raises
    ------
    ValueError
        For a lazy layer, a part of TorchScript, and a flat parameter of FSDP.
    """
    places: dict[int, list[Place]] = {}
    for place in _walk(module, "", ()):
        _check_readable(place)
        places.setdefault(id(place.tensor), []).append(place)
    return [_entry(found) for found in places.values()]


def _walk(module: nn.Module, prefix: str, above: tuple[nn.Module, ...]) -> Iterator[Place]:
    if isinstance(module, torch.jit.ScriptModule):
        mend = "pass what it was made from, which has the same parameters"
        raise ValueError(f"module is TorchScript{' at ' * bool(prefix)}{prefix[:-1]}, which hides its kinds; {mend}")
    modules = (*above, module)
    for label, p in module._parameters.items():
        if p is not None:
            yield Place(f"{prefix}{label}", modules, p)
    for label, child in module._modules.items():
        if child is not None:
            yield from _walk(child, f"{prefix}{label}.", modules)


def _check_readable(place: Place) -> None:
    if isinstance(place.tensor, UninitializedParameter):
        mend = "run a batch through the module first"
        raise ValueError(f"module has a lazy layer: {place.name} has no shape yet; {mend}")
    if getattr(place.tensor, "_is_flat_param", False):
        mend = "pass use_orig_params=True to FSDP"
        raise ValueError(f"module has a flat parameter: {place.name} holds several of unknown kinds; {mend}")


def _entry(places: list[Place]) -> Entry:
    order = list(KINDS)
    kind, words = min((_classified(place) for place in places), key=lambda found: order.index(found[0]))
    tied = "".join(f", also {place.name}" for place in places[1:])
    return Entry(places[0].tensor, tuple(places), kind, words + tied)


def _classified(place: Place) -> tuple[str, str]:
    """The kind of a parameter at one place, and the kind in words."""
    owner, label = _role(place)
    if _is_magnitude(place):
        kind, how = "magnitude", ""
    elif torch_kind := _torch_kind(owner, label):
        kind, how = torch_kind, ""
    else:
        kind, how = _own_kind(owner, label, place.tensor)
    return kind, KINDS[kind].format(_class_name(owner)) + how


def _class_name(module: nn.Module) -> str:
    return type_before_parametrizations(module).__name__


def _role(place: Place) -> tuple[nn.Module, str]:
    """The module that uses a parameter, and the name by which it does.

    What is in a `ParameterList` or a `ParameterDict` belongs to the module that holds the list, and what stands behind
    a parametrised tensor (`parametrizations.weight.original`, `weight_v`, `weight_orig`) has its role.
    """
    parts, modules = place.name.split("."), place.modules
    if isinstance(place.owner, ParametrizationList) and len(modules) > 2:
        return modules[-3], parts[-2]
    depth = 1
    while isinstance(modules[-depth], nn.ParameterList | nn.ParameterDict) and depth < len(modules):
        depth += 1
    stem, _, suffix = place.label.rpartition("_")
    if suffix == "orig" or (suffix == "v" and f"{stem}_g" in place.owner._parameters):
        return place.owner, stem
    return modules[-depth], ".".join(parts[-depth:])


def _is_magnitude(place: Place) -> bool:
    """Whether a parameter is the g of weight normalisation, in torch's new form or its old."""
    if isinstance(place.owner, ParametrizationList):
        return place.label == "original0" and isinstance(place.owner[0], _WeightNorm)
    stem, _, suffix = place.label.rpartition("_")
    return suffix == "g" and f"{stem}_v" in place.owner._parameters


def _torch_kind(owner: nn.Module, label: str) -> str | None:
    """The kind of what one of torch's own modules declares."""
    for kind, classes in _TORCH.items():
        if isinstance(owner, classes) and _TORCH_NAME.fullmatch(label):
            return "bias" if "bias" in label and kind != "norm" else kind
    return None


def _own_kind(owner: nn.Module, label: str, p: nn.Parameter) -> tuple[str, str]:
    """The kind of what a module that isn't torch's holds itself: by its class, its name, and last by its shape."""
    long_axes = sum(n > 1 for n in p.shape)
    if getattr(p, "_no_weight_decay", False):  # the mark of Mamba's and S4's code
        return "marked", ""
    if _is_norm(owner):
        return "norm", ", by the name of its class"
    for kind, pattern in _OWN_NAME.items():
        if pattern.search(label):
            return kind, ", by its name"
    if _LAYER_CLASS.search(_class_name(owner)) and _LAYER_NAME.search(label):
        return "weight", ", by the name of its class"
    if long_axes < 2:
        return "vector", ", by its shape: one axis longer than 1 at most"
    if _EMBEDDING_NAME.search(label) or _EMBEDDING_CLASS.search(_class_name(owner)):
        return "embedding", ", by its name"
    return "matrix", f", by its shape: {long_axes} axes longer than 1"


def _is_norm(owner: nn.Module) -> bool:
    """Whether a module that isn't torch's normalises.

    Its class says so, and all that it holds has one shape, that of the normalised axes: a gain and a shift are
    one-to-one with them. Several axes longer than 1 need a name that ends in Norm, since a NormLinear has a matrix.
    """
    shapes = {tuple(n for n in p.shape if n > 1) for p in owner._parameters.values() if p is not None} - {()}
    name = _class_name(owner)
    if any(len(shape) > 1 for shape in shapes):
        return len(shapes) == 1 and _NORM_CLASS.search(name) is not None
    return len(shapes) <= 1 and "norm" in name.lower()
