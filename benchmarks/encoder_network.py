"""The encoder of parsers/encoder.py as a network that PyTorch trains: from all-mpnet-base-v2, or its own files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from parsers import encoder
from parsers.encoder import HEADS
from parsers.pieces import AGES, FIRST, MOST, SECOND

LAYERS, WIDTH, FEED = 12, 768, 3072
# The share of what each layer hears that is left out, by chance, while it learns.
LEFT_OUT = 0.1
# What is asked of a number; and of a number and either side, whether it goes to that one.
NUMBER, WAY = len(encoder.NUMBER), 1
_ARTICLE = max(part.stop for part in encoder.ARTICLE.values())
_MODEL = {"three": ("attention.attn.q", "attention.attn.k", "attention.attn.v"), "heard": ("attention.attn.o",)}
_MODEL |= {"wide": ("intermediate.dense",), "narrow": ("output.dense",)}
_NORMS = {"heard": "attention.LayerNorm", "narrow": "output.LayerNorm"}


class Beside(NamedTuple):
    """What a batch is told beside its pieces: roles, parts, ages, classes, which pieces are of numbers."""

    roles: Tensor
    parts: Tensor
    ages: Tensor
    classes: Tensor
    marks: Tensor


class Layer(nn.Module):
    """One layer: attention of twelve heads, then two layers of neurons, each added to what was and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.three, self.heard = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, FEED), nn.Linear(FEED, WIDTH)
        self.heard_norm, self.narrow_norm = _norm(), _norm()
        self.some = nn.Dropout(LEFT_OUT)

    def forward(self, x: Tensor, near: Tensor) -> Tensor:
        """x: articles x pieces x width; near: articles x heads x pieces x pieces."""
        articles, pieces, width = x.shape
        one, two, three = self.three(x).view(articles, pieces, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4).unbind()
        heard = functional.scaled_dot_product_attention(one, two, three, attn_mask=near)
        x = self.heard_norm(x + self.some(self.heard(heard.transpose(1, 2).reshape(articles, pieces, width))))
        found: Tensor = self.narrow_norm(x + self.some(self.narrow(functional.gelu(self.wide(x)))))
        return found


class Network(nn.Module):
    """What parsers.encoder computes, for a batch; the pieces and their places stay as they are."""

    def __init__(self, pieces: int, classes: int) -> None:
        super().__init__()
        self.words = nn.Parameter(torch.zeros(pieces, WIDTH), requires_grad=False)
        self.places = nn.Parameter(torch.zeros(MOST, WIDTH), requires_grad=False)
        self.relative = nn.Parameter(torch.zeros(2 * encoder.STEPS, HEADS), requires_grad=False)
        self.begin_norm = _norm().requires_grad_(False)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.roles = nn.Parameter(torch.randn(4, WIDTH) * 0.02)
        self.parts = nn.Parameter(torch.zeros(3, WIDTH))
        self.ages = nn.Parameter(torch.randn(AGES, WIDTH) * 0.01)
        self.ages_named = nn.Parameter(torch.zeros(AGES, WIDTH))
        self.classes = nn.Parameter(torch.randn(classes, WIDTH) * 0.005)
        self.mark = nn.Parameter(torch.randn(WIDTH) * 0.02)
        self.pointer = nn.Linear(WIDTH, WIDTH)
        self.nobody = nn.Parameter(torch.randn(WIDTH) * 0.02)
        sizes = {"article": (WIDTH, _ARTICLE), "named": (WIDTH, 1)}
        sizes |= {"number": (2 * WIDTH, NUMBER), "way": (3 * WIDTH, WAY)}
        self.middles = nn.ModuleDict({name: nn.Linear(given, WIDTH) for name, (given, _) in sizes.items()})
        self.lasts = nn.ModuleDict({name: nn.Linear(WIDTH, answers) for name, (_, answers) in sizes.items()})
        self.some = nn.Dropout(LEFT_OUT)

    def forward(
        self, pieces: Tensor, hidden: Tensor, beside: Beside, days: Tensor, numbers: Sequence[Any]
    ) -> dict[str, Any]:
        """The sums for a batch, question by question; `hidden` is far below nought where articles were filled up.

        `days`: articles x days x (place, age); `numbers`: of each the article and its places.
        """
        x = self.begin_norm(self.words[pieces] + self.places[: pieces.shape[1]])
        apart = torch.tensor(encoder.apart(hidden.shape[1]))
        near = (self.relative[apart].permute(2, 0, 1)[None] + hidden[:, None, None, :]).contiguous()
        for number, layer in enumerate(self.layers):
            if number == encoder.BESIDE:
                x = x + self.roles[beside.roles] + self.parts[beside.parts] + self.ages[beside.ages]
                x = x + beside.classes @ self.classes + beside.marks[..., None] * self.mark
            x = layer(x, near)
            if number + 1 == encoder.WAYS:
                syntax = x
        asked = {
            "article": x[:, 0],
            "named": x[torch.arange(len(x))[:, None], days[:, :, 0]] + self.ages_named[days[:, :, 1]],
        }
        articles = torch.tensor([article for article, _ in numbers], dtype=torch.long)
        asked["number"] = torch.cat([_means(x, numbers), x[articles, 0]], 1)
        own = _means(syntax, numbers)
        one, two = (self._of_side(syntax, beside.roles == side, own, articles) for side in (FIRST, SECOND))
        asked["way"] = torch.stack([torch.cat([own, *way], 1) for way in ((one, two), (two, one))], 1)
        return {
            name: self.lasts[name](self.some(torch.tanh(self.middles[name](self.some(asked[name]))))) for name in asked
        }

    def _of_side(self, x: Tensor, named: Tensor, own: Tensor, articles: Tensor) -> Tensor:
        """What each number notices of a side: of the pieces that name it, and of nobody."""
        known = torch.cat([x, self.nobody.to(x.dtype).expand(len(x), 1, WIDTH)], 1)
        hidden = torch.cat([~named, named.new_zeros(len(x), 1)], 1)
        told = known[articles].unflatten(2, (HEADS, WIDTH // HEADS))
        asks = self.pointer(own).unflatten(1, (HEADS, WIDTH // HEADS))
        notice = torch.einsum("nhd,nlhd->nhl", asks, told) / (WIDTH // HEADS) ** 0.5
        notice = notice.masked_fill(hidden[articles][:, None], -1e4).softmax(2)
        return torch.einsum("nhl,nlhd->nhd", notice, told).flatten(1)

    def take(self, model: Mapping[str, Tensor], rows: Sequence[int]) -> None:
        """Take the weights of all-mpnet-base-v2, of its pieces these rows."""
        self.words.data = model["embeddings.word_embeddings.weight"][list(rows)].clone()
        # The first two places are no pieces'.
        self.places.data = model["embeddings.position_embeddings.weight"][2 : 2 + MOST].clone()
        self.relative.data = model["encoder.relative_attention_bias.weight"].clone()
        norms = {"embeddings.LayerNorm": self.begin_norm}
        for number, layer in enumerate(self.layers):
            name = f"encoder.layer.{number}."
            norms |= {name + of: getattr(layer, f"{mine}_norm") for mine, of in _NORMS.items()}
            for mine, of in _MODEL.items():
                linear = getattr(layer, mine)
                linear.weight.data = torch.cat([model[f"{name}{each}.weight"] for each in of])
                linear.bias.data = torch.cat([model[f"{name}{each}.bias"] for each in of])
        for name, norm in norms.items():
            norm.weight.data, norm.bias.data = model[f"{name}.weight"].clone(), model[f"{name}.bias"].clone()

    def packed(self) -> tuple[dict[str, Any], Any, Any]:
        """All weights as parsers.encoder has them: small ones by name, the layers' matrices, the pieces' vectors."""
        made: dict[str, Any] = {"relative": self.relative.detach().numpy()}
        for name in ("places", "roles", "parts", "ages", "ages_named", "classes", "mark", "nobody"):
            made[name.replace("_", " ")] = _half(getattr(self, name))
        for part, linears in self._small():
            for name, linear in linears.items():
                made |= {f"{name} {part}": _half(linear.weight.T), f"{name} {part} bias": _half(linear.bias)}
        norms, large = {"begin": self.begin_norm}, []
        for number, layer in enumerate(self.layers):
            norms |= {f"layer {number} {name}": getattr(layer, f"{name}_norm") for name in _NORMS}
            for name in encoder.SHAPES:
                linear = getattr(layer, name)
                rows, made[f"layer {number} {name} scale"] = eights(linear.weight.detach().numpy())
                large.append(rows.ravel())
                made[f"layer {number} {name} bias"] = _half(linear.bias)
        for name, norm in norms.items():
            made |= {f"{name} norm": _half(norm.weight), f"{name} norm bias": _half(norm.bias)}
        matrices, (pieces, made["pieces scale"]) = np.concatenate(large), eights(self.words.numpy())
        return {**made, "sums": np.array([crc32(matrices), crc32(pieces)])}, matrices, pieces

    def _small(self) -> Iterable[tuple[str, Mapping[str, nn.Linear]]]:
        """The matrices that are stored as they are, with what each is in its question."""
        return ("middle", self.middles), ("last", self.lasts), ("pointer", {"way": self.pointer})  # type: ignore

    def unpack(self, classes: Sequence[str]) -> None:
        """Take the weights of the packaged encoder; classes that it did not know keep theirs."""
        small, large = dict(np.load(encoder.FILE)), np.load(encoder.MATRICES)
        for name in ("places", "roles", "parts", "ages", "ages_named", "mark", "nobody", "relative"):
            getattr(self, name).data = _single(small[name.replace("_", " ")])
        rows = {str(name): row for row, name in enumerate(small["class names"])}
        for row, name in enumerate(classes):
            if name in rows:
                self.classes.data[row] = _single(small["classes"][rows[name]])
        for part, linears in self._small():
            for name, linear in linears.items():
                linear.weight.data = _single(small[f"{name} {part}"].T)
                linear.bias.data = _single(small[f"{name} {part} bias"])
        norms = {"begin": self.begin_norm}
        for number, layer in enumerate(self.layers):
            norms |= {f"layer {number} {name}": getattr(layer, f"{name}_norm") for name in _NORMS}
            for name, matrix in encoder.matrices_of(large, number, WIDTH).items():
                scale = small[f"layer {number} {name} scale"]
                getattr(layer, name).weight.data = _single(matrix * scale[:, None])
                getattr(layer, name).bias.data = _single(small[f"layer {number} {name} bias"])
        for name, norm in norms.items():
            norm.weight.data, norm.bias.data = _single(small[f"{name} norm"]), _single(small[f"{name} norm bias"])
        self.words.data = _single(np.load(encoder.PIECES) * small["pieces scale"][:, None])


def eights(weights: Any) -> tuple[Any, Any]:
    """Rows of weights -> the same in eight bits as parsers.encoder stores them, and the scale of each row."""
    scales = np.maximum(np.abs(weights).max(axis=1), np.finfo(np.float16).tiny) / np.iinfo(np.int8).max
    return np.round(weights / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _means(x: Tensor, numbers: Sequence[Any]) -> Tensor:
    """What a layer made of each number, by the mean of its places."""
    return torch.stack([x[article, places].mean(0) for article, places in numbers]) if numbers else x[:0, 0]


def _half(weights: Tensor) -> Any:
    return weights.detach().numpy().astype(np.float16)


def _single(weights: Any) -> Tensor:
    return torch.tensor(np.ascontiguousarray(weights), dtype=torch.float32)


def _norm() -> nn.LayerNorm:
    return nn.LayerNorm(WIDTH, eps=encoder.Encoder.EPSILON)
