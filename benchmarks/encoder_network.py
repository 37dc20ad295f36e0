"""The encoder of parsers/encoder.py as a network that PyTorch trains: from the packed model or from its own files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import packed
import torch
from torch import Tensor, nn
from torch.nn import functional

from parsers import encoder
from parsers.encoder import HEADS, QUESTIONS
from parsers.pieces import AGES, MOST

# All that the model has: with the lower six half of what is gained is lost.
LAYERS = 12
# The share of what each layer hears that is left out, by chance, while it learns.
LEFT_OUT = 0.1


class Layer(nn.Module):
    """One layer: attention of twelve heads, then two layers of neurons, each added to what was and normalised."""

    def __init__(self, model: packed.Packed, number: int) -> None:
        super().__init__()
        name = f"l{number}."
        three = [_linear(model, f"{name}{each}") for each in "qkv"]
        self.three = nn.Linear(model.width, 3 * model.width)
        self.three.weight.data = torch.cat([each.weight.data for each in three])
        self.three.bias.data = torch.cat([each.bias.data for each in three])
        self.heard = _linear(model, f"{name}ao")
        self.heard_norm = _norm(model, f"{name}aln")
        self.wide, self.narrow = _linear(model, f"{name}fi"), _linear(model, f"{name}fo")
        self.narrow_norm = _norm(model, f"{name}oln")
        self.some = nn.Dropout(LEFT_OUT)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """x: articles x pieces x width; hidden: minus ten thousand where an article was filled up."""
        articles, pieces, width = x.shape
        one, two, three = self.three(x).view(articles, pieces, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4).unbind()
        notice = one @ two.transpose(-1, -2) * (width // HEADS) ** -0.5 + hidden
        heard = torch.softmax(notice, -1).to(three.dtype) @ three
        x = self.heard_norm(x + self.heard(heard.transpose(1, 2).reshape(articles, pieces, width)))
        wide = functional.gelu(self.wide(x), approximate="tanh")
        found: Tensor = self.narrow_norm(x + self.some(self.narrow(wide)))
        return found


class Network(nn.Module):
    """What parsers.encoder computes, for a batch; the words' own vectors stay as they are."""

    def __init__(self, model: packed.Packed, pieces: Sequence[str], classes: int) -> None:
        super().__init__()
        rows = [model.numbers[piece] for piece in pieces]
        table = packed.unpacked(model.blocks(rows)).reshape(len(rows), model.width)
        self.words = nn.Embedding.from_pretrained(torch.tensor(table), freeze=True)
        places = model.weights("emb.pos").reshape(-1, model.width)[:MOST] + model.weights("emb.type")[: model.width]
        self.places = nn.Parameter(torch.tensor(places))
        self.begin_norm = _norm(model, "emb.ln")
        self.layers = nn.ModuleList(Layer(model, number) for number in range(LAYERS))
        self.roles = nn.Parameter(torch.randn(4, model.width) * 0.02)
        self.parts = nn.Parameter(torch.zeros(3, model.width))
        self.ages = nn.Parameter(torch.randn(AGES, model.width) * 0.02)
        self.ages_named = nn.Parameter(torch.zeros(AGES, model.width))
        self.classes = nn.Parameter(torch.randn(classes, model.width) * 0.01)
        self.middles = nn.ModuleDict({question: nn.Linear(model.width, model.width) for question in QUESTIONS})
        self.lasts = nn.ModuleDict(
            {question: nn.Linear(model.width, answers) for question, answers in QUESTIONS.items()}
        )
        self.some = nn.Dropout(LEFT_OUT)

    def forward(
        self, pieces: Tensor, roles: Tensor, parts: Tensor, ages: Tensor, classes: Tensor, hidden: Tensor, days: Tensor
    ) -> dict[str, Tensor]:
        """The sums for a batch of articles, question by question; `days`: articles x days x (place, age)."""
        x = self.words(pieces) + self.places[: pieces.shape[1]] + self.roles[roles] + self.parts[parts]
        x = self.some(self.begin_norm(x + self.ages[ages] + classes @ self.classes))
        for layer in self.layers:
            x = layer(x, hidden)
        first = self.some(x[:, 0])
        named = x[torch.arange(len(x))[:, None], days[:, :, 0]] + self.ages_named[days[:, :, 1]]
        asked = dict.fromkeys(QUESTIONS, first) | {"named": self.some(named)}
        heard = {question: self.some(torch.tanh(middle(asked[question]))) for question, middle in self.middles.items()}
        return {question: last(heard[question]).float() for question, last in self.lasts.items()}

    def unpack(self, file: Path, matrices: Path, classes: Sequence[str]) -> None:
        """Take the weights of a packed encoder; classes that it did not know keep theirs."""
        small, large = dict(np.load(file)), np.load(matrices)
        width = self.places.shape[1]
        norms = {"begin": self.begin_norm}
        for name in ("places", "roles", "parts", "ages", "ages_named"):
            getattr(self, name).data = torch.tensor(small[name.replace("_", " ")], dtype=torch.float32)
        rows = {str(name): row for row, name in enumerate(small["class names"])}
        for row, name in enumerate(classes):
            if name in rows:
                self.classes.data[row] = torch.tensor(small["classes"][rows[name]], dtype=torch.float32)
        for part, linears in (("middle", self.middles), ("last", self.lasts)):
            for question, linear in linears.items():
                linear.weight.data = torch.tensor(small[f"{question} {part}"].T, dtype=torch.float32).contiguous()
                linear.bias.data = torch.tensor(small[f"{question} {part} bias"], dtype=torch.float32)
        size = encoder.LAYER * width**2
        for number, layer in enumerate(self.layers):
            norms |= {f"layer {number} heard": layer.heard_norm, f"layer {number} narrow": layer.narrow_norm}
            for name, matrix in encoder.matrices_of(large[number * size : (number + 1) * size], width).items():
                scale = small[f"layer {number} {name} scale"].astype(np.float32)
                linear = getattr(layer, name)
                linear.weight.data = torch.tensor((matrix * scale).T).contiguous()
                linear.bias.data = torch.tensor(small[f"layer {number} {name} bias"], dtype=torch.float32)
        for name, norm in norms.items():
            norm.weight.data = torch.tensor(small[f"{name} norm"], dtype=torch.float32)
            norm.bias.data = torch.tensor(small[f"{name} norm bias"], dtype=torch.float32)

    def packed(self, blocks: Any) -> tuple[dict[str, Any], Any]:
        """All weights as parsers.encoder has them: the small ones by name, and the large matrices one behind the other.

        The layers have eight bits, the vectors of the pieces (`blocks`) still their four.
        """
        made: dict[str, Any] = {}
        for name in ("places", "roles", "parts", "ages", "ages_named", "classes"):
            made[name.replace("_", " ")] = _half(getattr(self, name))
        for name, linears in (("middle", self.middles), ("last", self.lasts)):
            for question, linear in linears.items():
                made |= {f"{question} {name}": _half(linear.weight.T), f"{question} {name} bias": _half(linear.bias)}
        norms, large = [("begin", self.begin_norm)], []
        for number, layer in enumerate(self.layers):
            norms += [(f"layer {number} heard", layer.heard_norm), (f"layer {number} narrow", layer.narrow_norm)]
            for name in encoder.SHAPES:
                linear = getattr(layer, name)
                small, scale = _eighths(linear.weight.detach().numpy().T)
                large.append(small.ravel())
                made |= {f"layer {number} {name} scale": scale, f"layer {number} {name} bias": _half(linear.bias)}
        for name, norm in norms:
            made |= {f"{name} norm": _half(norm.weight), f"{name} norm bias": _half(norm.bias)}
        words = [blocks[part].ravel().view(np.int8) for part in ("halves", "scale")]
        matrices = np.concatenate([*large, *words])
        return {**made, "sum": np.array(crc32(matrices))}, matrices


def _half(weights: Tensor) -> Any:
    return weights.detach().numpy().astype(np.float16)


def _eighths(weights: Any) -> tuple[Any, Any]:
    """Weights in eight bits, a scale for each neuron."""
    scale = (np.abs(weights).max(axis=0) / 127).astype(np.float16)
    return np.clip(np.round(weights / scale.astype(np.float32)), -127, 127).astype(np.int8), scale


def _linear(model: packed.Packed, name: str) -> nn.Linear:
    bias = torch.tensor(model.weights(f"{name}.b"))
    weight = torch.tensor(model.weights(f"{name}.w")).reshape(len(bias), -1)
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight, bias
    return made


def _norm(model: packed.Packed, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(model.width, eps=1e-12)
    made.weight.data, made.bias.data = (
        torch.tensor(model.weights(f"{name}.w")),
        torch.tensor(model.weights(f"{name}.b")),
    )
    return made
