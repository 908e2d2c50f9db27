"""Which parameters decay: expectations written by hand, by name, for networks as users bring them."""

import copy
import doctest
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torchvision  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from wdlesson import groups
from wdlesson.groups import check_groups, parameter_groups, table

LIBRARIES = ("nanogpt", "huggingface", "fastai", "olmo2")


def own(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape))


def decaying(net: nn.Module, **options: Any) -> set[str]:
    """The names of what decays; that the two groups are disjoint and complete is seen to on the way."""
    decayed, spared = parameter_groups(net, 0.1, **options)
    named = {name: p for name, p in net.named_parameters() if p.requires_grad}
    for group in (decayed, spared):
        assert all(named[name] is p for name, p in zip(group["names"], group["params"], strict=True))
    assert sorted(decayed["names"] + spared["names"]) == sorted(named)
    return set(decayed["names"])


def spared(net: nn.Module, **options: Any) -> set[str]:
    return {name for name, p in net.named_parameters() if p.requires_grad} - decaying(net, **options)


def kinds(net: nn.Module) -> dict[str, str]:
    return dict(table(net, 0.1)["kind"])


# ---- Networks of torch's own layers ----


def test_a_perceptron_with_batch_normalisation() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))
    assert decaying(net) == {"0.weight", "3.weight"}
    first, second = parameter_groups(net, 0.1)
    assert first == {
        "params": [net[0].weight, net[3].weight],
        "weight_decay": 0.1,
        "name": "decay",
        "names": ["0.weight", "3.weight"],
    }
    assert (second["weight_decay"], second["name"]) == (0.0, "no_decay")
    assert second["names"] == ["0.bias", "1.weight", "1.bias", "3.bias"]


def test_a_resnet() -> None:
    blocks = {f"layer{i}.{j}.conv{k}.weight" for i in range(1, 5) for j in (0, 1) for k in (1, 2)}
    shortcuts = {f"layer{i}.0.downsample.0.weight" for i in (2, 3, 4)}
    assert decaying(torchvision.models.resnet18()) == blocks | shortcuts | {"conv1.weight", "fc.weight"}


def test_a_transformer() -> None:
    net = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    encoder = {"self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear2.weight"}
    decoder = encoder | {"multihead_attn.in_proj_weight", "multihead_attn.out_proj.weight"}
    expected = {f"encoder.layers.0.{name}" for name in encoder} | {f"decoder.layers.0.{name}" for name in decoder}
    assert decaying(net) == expected


def test_attention_with_projections_apart_and_added_biases() -> None:
    net = nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True)
    assert decaying(net) == {"q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight"}
    assert spared(net) == {"in_proj_bias", "bias_k", "bias_v", "out_proj.bias"}


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_layers(layer: Callable[..., nn.Module]) -> None:
    net = layer(3, 4, num_layers=2, bidirectional=True)
    ends = [f"l{i}{way}" for i in (0, 1) for way in ("", "_reverse")]
    assert decaying(net) == {f"weight_{part}_{end}" for part in ("ih", "hh") for end in ends}


def test_recurrent_cells_and_a_projection() -> None:
    assert decaying(nn.LSTM(3, 4, proj_size=2)) == {"weight_ih_l0", "weight_hh_l0", "weight_hr_l0"}
    for cell in (nn.RNNCell(1, 1), nn.GRUCell(3, 4), nn.LSTMCell(3, 4)):
        assert decaying(cell) == {"weight_ih", "weight_hh"}


@pytest.mark.parametrize(
    "layer",
    [
        nn.Linear(1, 1),
        nn.Bilinear(2, 3, 1),
        nn.Conv1d(1, 1, 1),
        nn.Conv2d(4, 4, 3, groups=4),
        nn.Conv3d(1, 2, 1),
        nn.ConvTranspose1d(1, 1, 1),
        nn.ConvTranspose2d(2, 2, 1),
        nn.ConvTranspose3d(1, 1, 1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_the_weight_of_a_layer_decays_whatever_its_shape(layer: nn.Module) -> None:
    assert decaying(layer) == {"weight"}
    assert spared(layer) == {"bias"}


@pytest.mark.parametrize(
    "norm",
    [
        nn.BatchNorm1d(4),
        nn.BatchNorm2d(4),
        nn.BatchNorm3d(4),
        nn.SyncBatchNorm(4),
        nn.InstanceNorm1d(4, affine=True),
        nn.InstanceNorm2d(4, affine=True),
        nn.InstanceNorm3d(4, affine=True),
        nn.GroupNorm(2, 4),
        nn.LayerNorm(4),
        nn.LayerNorm((8, 4, 4)),
        nn.RMSNorm((8, 4)),
    ],
    ids=repr,
)
def test_gains_and_shifts_of_every_normalisation_are_spared(norm: nn.Module) -> None:
    assert set(kinds(norm).values()) == {"norm"}
    assert decaying(norm) == set()
    assert spared(norm, norms=True, biases=False) == set()
    assert spared(norm, biases=True) == set(kinds(norm))


def test_embeddings_and_learnt_slopes() -> None:
    net = nn.ModuleDict(
        dict(bag=nn.EmbeddingBag(5, 3), embedding=nn.Embedding(5, 1), prelu=nn.PReLU(), act=nn.PReLU(3))
    )
    assert decaying(net) == {"bag.weight", "embedding.weight"}
    assert decaying(net, embeddings=False) == set()


# ---- A GPT-2, and the rules of four libraries ----


class GPT2(nn.Module):
    def __init__(self, *, bias: bool = True, vocabulary: int = 50304, d: int = 768, layers: int = 12) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, d), nn.Embedding(1024, d)
        self.blocks = nn.ModuleList(self.block(d, bias) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(d, bias=bias), nn.Linear(d, vocabulary, bias=False)
        self.head.weight = self.tokens.weight

    @staticmethod
    def block(d: int, bias: bool) -> nn.ModuleDict:
        sizes = dict(qkv=(d, 3 * d), out=(d, d), up=(d, 4 * d), down=(4 * d, d))
        block = nn.ModuleDict({name: nn.Linear(*size, bias=bias) for name, size in sizes.items()})
        block["ln_1"], block["ln_2"] = nn.LayerNorm(d, bias=bias), nn.LayerNorm(d, bias=bias)
        return block


def test_a_small_gpt2_with_a_tied_head() -> None:
    net = GPT2(vocabulary=7, d=4, layers=2)
    blocks = {f"blocks.{i}.{name}.weight" for i in (0, 1) for name in ("qkv", "out", "up", "down")}
    assert decaying(net) == blocks | {"tokens.weight", "positions.weight"}
    assert decaying(net, embeddings=False) == blocks
    assert table(net, 0.1).loc["tokens.weight", "reason"] == "embedding of Embedding, also head.weight"


# Counted from the layers: nanoGPT's training log prints the first line. In OLMo 2's way the 50304 * 768 + 1024 * 768
# numbers of the two embeddings are spared, and all else decays.
COUNTS = dict.fromkeys(("kind", "nanogpt", "huggingface", "fastai"), ((50, 124_354_560), (98, 121_344))) | {
    "olmo2": ((146, 124_354_560 + 121_344 - 51_328 * 768), (2, 51_328 * 768)),
}


@pytest.mark.parametrize("rule", COUNTS)
def test_the_rules_by_count_on_a_gpt2(rule: Any) -> None:
    with torch.device("meta"):
        made = parameter_groups(GPT2(), 0.1, rule=rule)
    assert tuple((len(group["params"]), sum(p.numel() for p in group["params"])) for group in made) == COUNTS[rule]


class OwnRMSNorm(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.weight = own(d)


class Mixed(nn.Module):
    """One of each thing about which the libraries disagree."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = own(1, 1, 8)
        self.conv, self.map_norm = nn.Conv1d(2, 2, 1), nn.LayerNorm((8, 4))
        self.batch, self.group, self.rms = nn.BatchNorm1d(2), nn.GroupNorm(1, 2), nn.RMSNorm(2)
        self.lstm, self.attention = nn.LSTM(2, 2), nn.MultiheadAttention(2, 1)
        self.ln_1, self.q_norm = OwnRMSNorm(2), OwnRMSNorm(2)
        self.tokens = nn.Embedding(3, 2)


WEIGHTS = {"conv.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "attention.in_proj_weight"} | {
    "attention.out_proj.weight",
    "tokens.weight",
}
NORM_GAINS = {"batch.weight", "group.weight", "rms.weight"}
OTHER_NORMS = {"map_norm.weight", "map_norm.bias", "batch.bias", "group.bias", "ln_1.weight", "q_norm.weight"}
BIASES = {"conv.bias", "lstm.bias_ih_l0", "lstm.bias_hh_l0", "attention.in_proj_bias", "attention.out_proj.bias"}
DECAYING = {
    "kind": WEIGHTS,
    "nanogpt": WEIGHTS | {"gate", "map_norm.weight", "map_norm.bias"},
    # LayerNorm by class, `q_norm` and biases by name; BatchNorm, GroupNorm, `rms` and `ln_1` are not seen.
    "huggingface": WEIGHTS | {"gate", "ln_1.weight"} | NORM_GAINS,
    # BatchNorm and LayerNorm by class, `bias` by name; nothing else is seen.
    "fastai": WEIGHTS
    | {"gate", "group.weight", "rms.weight", "ln_1.weight", "q_norm.weight"}
    | {"lstm.bias_ih_l0", "lstm.bias_hh_l0", "attention.in_proj_bias"},
    "olmo2": WEIGHTS - {"tokens.weight"} | BIASES | NORM_GAINS | OTHER_NORMS,
}


def test_what_the_libraries_make_of_the_outermost_module_and_of_second_names() -> None:
    assert decaying(nn.LayerNorm(3), rule="huggingface") == {"weight"}
    assert decaying(nn.LayerNorm(3), rule="fastai") == set()
    net = nn.Module()
    net.norm = nn.LayerNorm(3)
    net.level = net.norm.weight
    assert decaying(net, rule="huggingface") == {"level"}
    assert decaying(net, rule="fastai") == set()


@pytest.mark.parametrize("rule", DECAYING)
def test_where_the_libraries_disagree(rule: str) -> None:
    assert decaying(Mixed(), rule=rule) == DECAYING[rule]


def huggingface(module: nn.Module) -> Iterator[str]:
    """The names that transformers' Trainer decays, in its own way: child by child, from the bottom up."""
    patterns = ("bias", "layernorm", "rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)")
    for name, child in module.named_children():
        found = [] if isinstance(child, nn.LayerNorm) else [f"{name}.{below}" for below in huggingface(child)]
        yield from (full for full in found if not any(re.search(pattern, full.lower()) for pattern in patterns))
    yield from (
        name for name in module._parameters if not any(re.search(pattern, name.lower()) for pattern in patterns)
    )


def fastai_spares(module: nn.Module) -> Iterator[Tensor]:
    """The parameters that fastai's Learner spares."""
    batch_and_instance = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.InstanceNorm2d)
    if isinstance(module, (*batch_and_instance, nn.LayerNorm)):
        yield from module.parameters()
        return
    for child in module.children():
        yield from fastai_spares(child)
    if isinstance(getattr(module, "bias", None), Tensor):
        yield module.bias  # type: ignore[misc]


# ---- What a module of one's own holds ----


class PatchNet(nn.Module):
    """A vision transformer's own parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token, self.register_tokens, self.pos_embed = own(1, 1, 8), own(1, 4, 8), own(1, 17, 8)
        self.patches, self.head = nn.Conv2d(3, 8, 4), nn.Linear(8, 1)
        self.block = nn.TransformerEncoderLayer(8, 2, 16)
        self.relative_position_bias_table, self.logit_scale = own(9, 2), own(2, 1, 1)
        self.temperature, self.layer_scale = nn.Parameter(torch.ones(())), own(8)
        self.mixing = own(8, 8)


def test_a_vision_transformer_with_its_own_parameters() -> None:
    block = {"self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear2.weight"}
    layers = {f"block.{name}" for name in block} | {"patches.weight", "head.weight"}
    embeddings = {"register_tokens", "pos_embed"}
    assert decaying(PatchNet()) == layers | embeddings | {"mixing"}
    assert decaying(PatchNet(), embeddings=False) == layers | {"mixing"}
    assert decaying(PatchNet(), no_decay=["mixing", "*tokens"]) == layers | {"pos_embed"}
    reasons = table(PatchNet(), 0.1)["reason"]
    assert set(reasons.index[reasons.str.contains(", by ")]) == embeddings | {
        *("cls_token", "relative_position_bias_table", "logit_scale", "temperature", "layer_scale", "mixing"),
    }
    assert reasons["mixing"] == "own parameter of PatchNet, by its shape: 2 axes longer than 1"


def test_torchvisions_vision_transformer() -> None:
    net = torchvision.models.VisionTransformer(32, 16, 1, 2, 8, 16, num_classes=3)
    layer = "encoder.layers.encoder_layer_0."
    linear = {f"{layer}mlp.0.weight", f"{layer}mlp.3.weight", "heads.head.weight", "conv_proj.weight"}
    attention = {f"{layer}self_attention.in_proj_weight", f"{layer}self_attention.out_proj.weight"}
    assert decaying(net) == linear | attention | {"encoder.pos_embedding"}


def holding(name: str, **tensors: tuple[int, ...]) -> nn.Module:
    """A module of a new class that holds parameters of these shapes, and normalises or not, as its name may say."""
    module: nn.Module = type(name, (nn.Module,), {})()
    for label, shape in tensors.items():
        module.register_parameter(label, own(*shape))
    return module


@pytest.mark.parametrize(
    "norm",
    [
        holding("LlamaRMSNorm", weight=(8,)),
        holding("LayerNorm2d", weight=(8, 1, 1), bias=(8, 1, 1)),
        holding("MyLayerNorm", gamma=(8, 4, 4), beta=(8, 4, 4)),
        holding("FilterResponseNorm2d", gamma=(1, 8, 1, 1), tau=(1, 8, 1, 1), eps=(1,)),
        holding("LayerNormalization", a_2=(4, 2), b_2=(4, 2)),
        holding("LayerNorm", w=(8,), b=(8,)),
        holding("ScaleNorm", g=()),
        holding("RMSNormGated", weight=(8,)),
        holding("BatchNormalisation", scale=(1, 8, 1, 1), shift=(1, 8, 1, 1)),
    ],
    ids=lambda norm: type(norm).__name__,
)
def test_a_normalisation_of_ones_own(norm: nn.Module) -> None:
    assert set(kinds(norm).values()) == {"norm"}
    assert decaying(norm) == set()
    assert decaying(norm, norms=True) == set(kinds(norm))


def test_a_class_with_norm_in_its_name_that_holds_a_matrix_is_no_normalisation() -> None:
    assert kinds(holding("NormedLinear", weight=(8, 3))) == {"weight": "weight"}
    assert kinds(holding("SpectralNormHead", theta=(8, 3))) == {"theta": "matrix"}
    assert kinds(holding("NormalMixture", mean=(8,), logits=(3,))) == {"mean": "vector", "logits": "vector"}
    assert kinds(holding("BatchNorm", weight=(8, 3), bias=(3,))) == {"weight": "matrix", "bias": "bias"}


def test_layers_of_ones_own() -> None:
    assert decaying(holding("Regression", w=(5,), b=())) == {"w"}
    assert decaying(holding("RNNScratch", W_xh=(5, 1), W_hh=(1, 1), b_h=(1,), b=(2, 2))) == {"W_xh", "W_hh"}
    assert decaying(holding("MyLinear", weight=(5, 1), bias=(1,))) == {"weight"}
    assert decaying(holding("Conv1D", weight=(5, 3), bias=(3,))) == {"weight"}
    assert decaying(holding("Attention", W_Q=(2, 4, 3), b_Q=(2, 3))) == {"W_Q"}
    assert decaying(holding("Experts", gate_up_proj=(4, 2, 6), gate_up_proj_bias=(4, 6))) == {"gate_up_proj"}
    assert decaying(holding("Affine", alpha=(1, 1, 8), beta=(1, 1, 8))) == set()
    assert decaying(holding("Modulated", scale_shift_table=(6, 8), head=(8, 2))) == {"head"}
    assert kinds(holding("PositionalEmbedding", table=(9, 8))) == {"table": "embedding"}
    assert kinds(holding("Unembed", table=(9, 8))) == {"table": "matrix"}


def test_a_parameter_that_its_author_marked_is_spared() -> None:
    net = holding("Mamba", A_log=(8, 4), D=(8,), out=(8, 8))
    net.A_log._no_weight_decay = True  # type: ignore[union-attr]
    assert decaying(net) == {"out"}
    assert decaying(net, decay=["A_log"]) == {"out", "A_log"}


def test_lists_and_dictionaries_of_parameters_go_by_their_names() -> None:
    net = nn.Module()
    net.biases, net.W = nn.ParameterList([own(2, 2)]), nn.ParameterList([own(2), own(2, 1)])
    net.table = nn.ParameterDict({"pos": own(3, 2), "x": own(3)})
    assert decaying(net) == {"W.0", "W.1", "table.pos"}
    assert decaying(nn.ParameterList([own(2, 2), own(2)])) == {"0"}


class CNBlock(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.depthwise, self.norm = (
            nn.Conv2d(d, d, 7, groups=d),
            holding("LayerNorm2d", weight=(d, 1, 1), bias=(d, 1, 1)),
        )
        self.up, self.down, self.gamma = nn.Conv2d(d, 4 * d, 1), nn.Conv2d(4 * d, d, 1), own(d, 1, 1)


def test_a_convnext_block_where_two_axes_are_no_rule() -> None:
    weights = {"depthwise.weight", "up.weight", "down.weight"}
    assert decaying(CNBlock(4)) == weights
    assert decaying(CNBlock(4), rule="nanogpt") == weights | {"norm.weight", "norm.bias", "gamma"}


def test_torchvisions_convnext_by_count() -> None:
    with torch.device("meta"):
        net = torchvision.models.convnext_tiny()
    frame = table(net, 0.1)
    counts = frame.groupby("kind")["numel"].agg(["count", "sum"])
    assert len(decaying(net)) == 59 == sum(isinstance(module, nn.Conv2d | nn.Linear) for module in net.modules())
    assert tuple(counts.loc["scale"]) == (18, 6624)  # 18 LayerScales of shape (d, 1, 1)
    assert decaying(net, rule="nanogpt") - decaying(net) == set(frame.index[frame["kind"].eq("scale")])


# ---- Low-rank factors ----


class LoRALinear(nn.Linear):
    """As in loralib: the factors are parameters of a subclass; of rank 1, each has a single long axis."""

    def __init__(self, rank: int) -> None:
        super().__init__(6, 4)
        self.lora_A, self.lora_B = own(rank, 6), own(4, rank)
        self.weight.requires_grad_(False)


class PeftLinear(nn.Module):
    """As in PEFT: dictionaries by the adapter's name, of layers or of parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.base_layer = nn.Linear(6, 4).requires_grad_(False)
        self.lora_A = nn.ModuleDict({"default": nn.Linear(6, 1, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(1, 4, bias=False)})
        self.lora_embedding_A = nn.ParameterDict({"default": own(1, 6)})
        self.lora_magnitude_vector = nn.ParameterDict({"default": own(1, 4)})


@pytest.mark.parametrize("rank", [1, 3])
def test_low_rank_factors_in_a_subclass(rank: int) -> None:
    net = nn.Sequential(LoRALinear(rank))
    assert decaying(net) == {"0.lora_A", "0.lora_B"}
    assert spared(net) == {"0.bias"}
    assert kinds(net)["0.lora_A"] == "low-rank"
    net[0].register_parameter("weight_scale", own(4, 6))
    assert kinds(net)["0.weight_scale"] == "scale"
    assert table(net, 0.1).loc["0.weight", "group"] == "frozen"


def test_low_rank_factors_in_dictionaries() -> None:
    factors = {"lora_A.default.weight", "lora_B.default.weight", "lora_embedding_A.default"}
    assert decaying(PeftLinear()) == factors
    assert spared(PeftLinear()) == {"lora_magnitude_vector.default"}


def test_low_rank_factors_of_other_names_are_named_by_pattern() -> None:
    net = nn.Sequential(holding("Adapter", A=(1, 6), B=(4, 1)))
    assert decaying(net) == set()
    assert decaying(net, decay=["*.A", "*.B"]) == {"0.A", "0.B"}


# ---- Reparametrised layers, wrappers, ties ----


def test_weight_normalisation_old_and_new() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        old = nn.utils.weight_norm(nn.Conv1d(2, 3, 1))
    new = parametrizations.weight_norm(nn.Conv1d(2, 3, 1))
    assert (decaying(old), spared(old)) == ({"weight_v"}, {"weight_g", "bias"})
    stem = "parametrizations.weight.original"
    assert (decaying(new), spared(new)) == ({f"{stem}1"}, {f"{stem}0", "bias"})
    assert table(new, 0.1).loc[f"{stem}0", "reason"] == "weight-norm magnitude of Conv1d"
    assert decaying(new.parametrizations) == {"weight.original1"}
    recurrent = parametrizations.weight_norm(nn.LSTM(2, 2), "weight_hh_l0", dim=None)  # type: ignore[arg-type]
    assert decaying(recurrent) == {"weight_ih_l0", "parametrizations.weight_hh_l0.original1"}


def test_other_reparametrisations_have_the_role_of_what_they_make() -> None:
    assert decaying(parametrizations.spectral_norm(nn.Linear(3, 1))) == {"parametrizations.weight.original"}
    assert decaying(nn.utils.spectral_norm(nn.Linear(3, 1))) == {"weight_orig"}
    assert decaying(parametrizations.orthogonal(nn.Linear(3, 3))) == {"parametrizations.weight.original"}
    assert decaying(prune.random_unstructured(nn.Linear(3, 1), "weight", 0.5)) == {"weight_orig"}
    assert decaying(prune.random_unstructured(nn.Linear(3, 4), "bias", 0.5)) == {"weight"}
    assert decaying(parametrizations.spectral_norm(nn.Embedding(5, 3)), embeddings=False) == set()
    assert table(nn.utils.spectral_norm(nn.Linear(3, 1)), 0.1).loc["weight_orig", "reason"] == "weight of Linear"
    product = nn.Linear(3, 3)
    parametrize.register_parametrization(product, "weight", Product())
    assert decaying(product) == {"parametrizations.weight.original0", "parametrizations.weight.original1"}


class Product(nn.Module):
    """A matrix as the product of two, neither of which is a magnitude."""

    def forward(self, A: Tensor, B: Tensor) -> Tensor:
        return A @ B

    def right_inverse(self, W: Tensor) -> tuple[Tensor, Tensor]:
        return W, torch.eye(len(W))


class Softplus(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.sharpness = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.softplus(self.sharpness * x)


def test_the_parameters_of_a_parametrisation_are_its_own() -> None:
    net = nn.Linear(3, 1)
    parametrize.register_parametrization(net, "weight", Softplus())
    assert decaying(net) == {"parametrizations.weight.original"}
    assert spared(net) == {"bias", "parametrizations.weight.0.sharpness"}


def test_wrappers_change_nothing_but_the_names() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm((4, 2)))
    assert decaying(nn.DataParallel(net)) == {"module.0.weight"}
    assert decaying(torch.compile(net)) == {"_orig_mod.0.weight"}  # type: ignore[arg-type]
    assert decaying(torch.fx.symbolic_trace(nn.Sequential(net))) == {"0.0.weight"}
    assert decaying(torch.ao.nn.qat.Linear(3, 4, qconfig=torch.ao.quantization.default_qconfig)) == {"weight"}


def test_a_tied_parameter_counts_once_and_the_order_does_not_matter() -> None:
    first, second = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
    second.weight = first.weight
    for net in (nn.Sequential(first, second), nn.Sequential(second, first)):
        assert decaying(net) == {"0.weight"}
        assert decaying(net, embeddings=False) == set()
        assert spared(net, no_decay=["1.*"]) == {"0.weight"}
        assert len(parameter_groups(net, 0.1)[0]["params"]) == 1


def test_a_second_name_in_ones_own_module_does_not_change_what_a_parameter_is() -> None:
    net = nn.Module()
    net.layer, net.norm = nn.Linear(3, 1), nn.LayerNorm((2, 2))
    net.direction, net.level = net.layer.weight, net.norm.weight  # a vector and a matrix, by their shapes
    assert kinds(net) == {"direction": "weight", "level": "norm", "layer.bias": "bias", "norm.bias": "norm"}


def test_a_shared_module_is_known_by_all_of_its_names() -> None:
    net = nn.Module()
    net.encoder = nn.Linear(2, 2)
    net.decoder = net.encoder
    assert decaying(net) == {"encoder.weight"}
    assert decaying(net, no_decay=["decoder.weight"]) == set()


def test_complex_and_integer_parameters() -> None:
    net = nn.Module()
    net.spectrum = nn.Parameter(torch.ones(3, 3, dtype=torch.complex64))
    net.codes = nn.Parameter(torch.ones(3, 3, dtype=torch.int8), requires_grad=False)
    assert decaying(net) == {"spectrum"}
    assert dict(table(net, 0.1)["group"]) == {"spectrum": "decay", "codes": "frozen"}


# ---- What is refused ----


def test_what_is_frozen_is_left_out() -> None:
    net = nn.Sequential(nn.Linear(3, 4).requires_grad_(False), nn.Linear(4, 1))
    assert (decaying(net), spared(net)) == ({"1.weight"}, {"1.bias"})
    for nothing in (nn.Linear(3, 4).requires_grad_(False), nn.ReLU()):
        with pytest.raises(ValueError, match="module has no parameter that requires a gradient; unfreeze"):
            parameter_groups(nothing, 0.1)
    assert list(table(nn.Linear(3, 4).requires_grad_(False), 0.1)["group"]) == ["frozen", "frozen"]
    assert table(nn.ReLU(), 0.1).empty


@pytest.mark.parametrize("lazy", [nn.LazyLinear(1), nn.Sequential(nn.Linear(3, 4), nn.LazyLinear(1))])
def test_a_lazy_layer_is_refused_until_it_has_seen_a_batch(lazy: nn.Module) -> None:
    for function in (parameter_groups, table):
        with pytest.raises(
            ValueError, match=r"module has a lazy layer: .*weight has no shape yet; run a batch through"
        ):
            function(lazy, 3.0)
    lazy(torch.ones(2, 3))
    assert {name.rpartition(".")[2] for name in decaying(lazy)} == {"weight"}


def test_d2ls_own_lazy_class_is_refused() -> None:
    from d2l import torch as d2l

    with pytest.raises(ValueError, match=r"module has a lazy layer: net\.weight"):
        parameter_groups(d2l.LinearRegression(0.01), 3.0)


def test_modules_that_hide_their_kinds_are_refused() -> None:
    with pytest.raises(
        ValueError, match="module is TorchScript at 0, which hides its kinds; pass what it was made from"
    ):
        parameter_groups(nn.Sequential(torch.jit.ScriptModule()), 0.1)
    flat = holding("FullyShardedDataParallel", _flat_param=(30,))
    flat._flat_param._is_flat_param = True  # type: ignore[union-attr]
    with pytest.raises(
        ValueError, match="module has a flat parameter: _flat_param holds several of unknown kinds; pass"
    ):
        parameter_groups(flat, 0.1)


def test_patterns_decide_before_all_else_and_must_match() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1))
    assert decaying(net, decay=["1.*"], no_decay=("2.weight",)) == {"0.weight", "1.weight", "1.bias"}
    assert decaying(net, norms=True, no_decay=["1.bias"]) == {"0.weight", "1.weight", "2.weight"}
    assert decaying(net, rule="nanogpt", decay=["?.bias"]) == {"0.weight", "2.weight", "0.bias", "1.bias", "2.bias"}
    bad: list[tuple[dict[str, Any], str]] = [
        (
            dict(decay=["0.wieght"]),
            "decay has '0.wieght', which matches no parameter; they are 0.weight, 0.bias, 1.weight",
        ),
        (dict(no_decay="*.bias"), "no_decay is '*.bias'; it must be a list of patterns of names, such as ['*.bias']"),
        (
            dict(decay=["0.*"], no_decay=["*.bias"]),
            "no_decay has '*.bias', and decay: 0.*; 0.bias must be in one alone",
        ),
    ]
    for given_, message in bad:
        with pytest.raises((ValueError, TypeError), match=re.escape(message)):
            parameter_groups(net, 0.1, **given_)


def test_options_win_over_every_rule() -> None:
    net = Mixed()
    for rule in LIBRARIES:
        assert "tokens.weight" not in decaying(net, rule=rule, embeddings=False)
        assert decaying(net, rule=rule, biases=True) >= BIASES
        assert not decaying(net, rule=rule, norms=False) & (NORM_GAINS | OTHER_NORMS)


# ---- In an optimizer ----


@pytest.mark.parametrize("net", [nn.Linear(3, 4), nn.Linear(3, 4, bias=False), nn.LayerNorm(3)], ids=repr)
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop])
def test_the_groups_go_straight_into_an_optimizer_and_through_its_state(optimizer: Any, net: nn.Module) -> None:
    net = copy.deepcopy(net)
    made = optimizer(parameter_groups(net, 0.1), lr=0.01)
    net(torch.ones(2, 3)).square().sum().backward()
    made.step()
    again = optimizer(parameter_groups(net, 0.7), lr=0.5)
    again.load_state_dict(copy.deepcopy(made.state_dict()))
    assert [(group["name"], group["lr"]) for group in again.param_groups] == [("decay", 0.01), ("no_decay", 0.01)]
    assert [group["weight_decay"] for group in again.param_groups] == [0.1, 0.0]
    named = dict(net.named_parameters())
    for group in again.param_groups:
        assert all(named[name] is p for name, p in zip(group["names"], group["params"], strict=True))
    made.add_param_group({"params": [own(2)]})  # one without names


def test_the_matrices_go_into_muon_and_the_rest_into_adamw() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1))
    matrices, rest = parameter_groups(net, 0.1)
    optimizers: list[torch.optim.Optimizer] = [torch.optim.Muon([matrices]), torch.optim.AdamW([rest])]
    net(torch.ones(2, 3)).square().sum().backward()
    before = [p.detach().clone() for p in net.parameters()]
    for optimizer in optimizers:
        optimizer.step()
    assert all(not torch.equal(p, old) for p, old in zip(net.parameters(), before, strict=True))


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_where_the_gradient_is_zero_only_what_decays_moves(optimizer: Any) -> None:
    net = PatchNet()
    names = decaying(net)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    for p in net.parameters():
        p.grad = torch.zeros_like(p)
    optimizer(parameter_groups(net, 0.5), lr=0.2).step()
    for name, p in net.named_parameters():
        torch.testing.assert_close(p.detach(), before[name] * (0.9 if name in names else 1))


# ---- The table ----


def test_the_table_says_what_the_groups_do() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    net[2].bias.requires_grad_(False)
    frame = table(net, 0.1, norms=True, no_decay=["2.*"])
    assert list(frame.index) == [name for name, _ in net.named_parameters()]
    assert frame.index.name == "name"
    assert frame.loc["0.weight"].to_dict() == {
        "shape": (4, 3),
        "numel": 12,
        "kind": "weight",
        "group": "decay",
        "weight_decay": 0.1,
        "reason": "weight of Linear",
    }
    said = dict(zip(frame.index, zip(frame["group"], frame["reason"], strict=True), strict=True))
    assert said["1.weight"] == ("decay", "gain or shift of BatchNorm1d; norms=True")
    assert said["2.weight"] == ("no_decay", "no_decay: 2.*")
    assert said["2.bias"] == ("frozen", "requires no gradient")
    assert frame["weight_decay"].isna().to_list() == [False] * 5 + [True]
    for rule in ("kind", *LIBRARIES):
        rows = table(Mixed(), 0.1, rule=rule)  # type: ignore[arg-type]
        assert set(rows.index[rows["group"] == "decay"]) == decaying(Mixed(), rule=rule)


def test_the_examples_in_the_documentation() -> None:
    assert doctest.testmod(groups) == (0, 6)


# ---- Anyone's own groups ----


def test_groups_of_any_form_that_torch_takes_are_checked() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    check_groups(net, [{"params": list(net.parameters())}])
    check_groups(net, torch.optim.SGD(net.parameters(), lr=0.1).param_groups)
    check_groups(net, [{"params": list(net[0].named_parameters())}, {"params": nn.ParameterList(net[1].parameters())}])
    check_groups(net[1], ({"params": net[1].weight}, {"params": (net[1].bias, own(3))}))


def test_missing_doubled_frozen_and_tied_parameters() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    all_of_them = list(net.parameters())
    with pytest.raises(ValueError, match=r"groups has no place for 0\.bias, 1\.weight, 1\.bias; every parameter that"):
        check_groups(net, [{"params": [net[0].weight]}])
    with pytest.raises(ValueError, match=r"groups has 0\.weight 2 times; it must be in exactly one group, once"):
        check_groups(net, [{"params": all_of_them}, {"params": [net[0].weight]}])
    with pytest.raises(ValueError, match=r"groups has 0\.weight 2 times"):
        check_groups(net, [{"params": [*all_of_them, net[0].weight]}])
    net[0].bias.requires_grad_(False)
    check_groups(net, [{"params": [p for p in all_of_them if p.requires_grad]}])
    check_groups(net, [{"params": all_of_them}])
    with pytest.raises(ValueError, match=r"groups has 0\.bias 2 times"):
        check_groups(net, [{"params": all_of_them}, {"params": [net[0].bias]}])
    tied = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    tied[1].weight = tied[0].weight
    check_groups(tied, [{"params": list(tied.parameters())}])
    with pytest.raises(ValueError, match=r"groups has 0\.weight 2 times"):
        check_groups(tied, [{"params": [tied[0].weight, tied[1].weight]}])


def test_iterators_are_refused_before_they_are_used_up() -> None:
    net = nn.Linear(3, 1)
    parameters = net.parameters()
    with pytest.raises(
        TypeError, match="groups has an iterator under 'params', which a check would use up; pass a list"
    ):
        check_groups(net, [{"params": parameters}])
    assert len(list(parameters)) == 2
    for wrong in ({net.weight}, "weight", [net.weight, "bias"], [("weight", 3.0)], 3.0, None):
        with pytest.raises(TypeError, match="groups"):
            check_groups(net, [{"params": wrong}])
    with pytest.raises(
        TypeError, match=r"groups is a generator; it must be a list of dictionaries with an entry 'params'"
    ):
        check_groups(net, ({"params": [p]} for p in net.parameters()))  # type: ignore[arg-type]


# ---- Networks drawn at random ----

LEAVES: list[Callable[[], nn.Module]] = [
    lambda: nn.Linear(2, 1),
    lambda: nn.Conv2d(2, 1, 1, bias=False),
    lambda: nn.LayerNorm((2, 2)),
    lambda: nn.BatchNorm1d(2),
    lambda: nn.LSTM(1, 2),
    lambda: nn.Embedding(3, 2),
    lambda: nn.PReLU(),
    lambda: OwnRMSNorm(3),
    lambda: holding("Block", gate=(2, 1), mixing=(2, 2), bias=(2,)),
    lambda: parametrizations.weight_norm(nn.Linear(2, 2)),
    lambda: nn.Linear(2, 2).requires_grad_(False),
    nn.ReLU,
]
NAMES = st.sampled_from(["layer", "norm", "q_norm", "rmsnorm_1", "bias_net", "LayerNorm", "x"])


def nested(children: dict[str, nn.Module]) -> nn.Module:
    module = nn.Module()
    for name, child in children.items():
        module.add_module(name, child)
    return module


NETWORKS = st.recursive(
    st.sampled_from(LEAVES).map(lambda make: make()),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=4).map(nested),
    max_leaves=12,
)


@given(NETWORKS, st.booleans())
def test_the_groups_of_any_network_are_disjoint_and_complete(net: nn.Module, again: bool) -> None:
    net = nn.ModuleDict({"net": net, "twice": net} if again else {"net": net})
    net["own"] = nn.Linear(2, 2)
    trained = {id(p) for p in net.parameters() if p.requires_grad}
    for rule in ("kind", *LIBRARIES):
        made = parameter_groups(net, 0.1, rule=rule)  # type: ignore[arg-type]
        given_ = [id(p) for group in made for p in group["params"]]
        assert len(given_) == len(trained)
        assert set(given_) == trained
        check_groups(net, made)


@given(NETWORKS)
def test_the_rules_are_those_of_the_libraries(net: nn.Module) -> None:
    net = nn.ModuleDict({"net": net, "own": nn.Linear(2, 2)})
    named = {name: p for name, p in net.named_parameters() if p.requires_grad}
    assert decaying(net, rule="nanogpt") == {name for name, p in named.items() if p.dim() >= 2}
    assert decaying(net, rule="huggingface") == set(huggingface(net)) & set(named)
    not_decayed = {id(p) for p in fastai_spares(net)}
    assert decaying(net, rule="fastai") == {name for name, p in named.items() if id(p) not in not_decayed}
