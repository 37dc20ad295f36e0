"""Labelled articles -> the weights of the encoder that reads articles left in doubt (parsers/encoder.py).

    python benchmarks/fit_encoder.py MODEL [--fold N] [--onward FILE...]

MODEL is the packed model (see packed.py) whose layers are trained on, by AdamW (Loshchilov and Hutter, 2019). Needs
PyTorch, which is in no lock file for its size; the build without CUDA is enough. With --fold that fifth of the articles
is left out, and told how the encoder alone judges it. Half an hour on two cores with AVX-512 BF16, hours without.
With --onward the encoder as it is packaged is trained for one round on the articles of some files and as many others.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import fit
import numpy as np
import packed
import torch
from labelled import Case
from torch import Tensor, nn
from torch.nn import functional

from app.scoring import Found, Share
from parsers import detect, encoder, rules
from parsers.assemble import STATUSES
from parsers.encoder import BEGINS, ENDS, FIRST, HEADS, MOST, QUESTIONS, SECOND, Read, spelled
from parsers.wording import pieces_of, vectors

# All that the model has: with the lower six half of what is gained is lost.
LAYERS = 12
ROUNDS, FASTEST, FRESH_FASTEST, DECAY, LEFT_OUT = 4, 5e-5, 1e-3, 0.01, 0.1
# The same for an encoder that has learnt before, and is to learn more without losing what it knows.
ONWARD_ROUNDS, ONWARD_FASTEST, ONWARD_FRESH_FASTEST = 1, 2e-5, 1e-4
# Numbers of sixteen bits are quicker where the processor multiplies them, and much slower elsewhere.
_HALVES = torch.backends.cpu.get_cpu_capability() == "AVX512"
# So many pieces are read at a time, filled up to the longest article among them.
BATCH = 2400
# Pieces in small letters, the commonest and those of the cases; figures of one or two digits; single marks.
COMMONEST = 10_000
_PIECE = re.compile(r"▁?(?:[a-zà-žа-яёіїєґ]+|\d{1,2}|[^\w\s])")
# The row of a status that nobody knows: PyTorch passes over it.
UNKNOWN = -100
# What a day in a batch is: filled up, another, that of the exchange.
NO_DAY, WRONG, RIGHT = range(3)
# The pace rises for this share of the steps.
_WARM = 0.06
# Parameters that come of the model; the others are new.
_READ_BEFORE = ("layers", "places", "begin")
_SWAPPED = {FIRST: SECOND, SECOND: FIRST}


class Example(NamedTuple):
    """An article as the encoder takes it, whether it is a report, and where they are known its status' row and its day.

    `days` says of each day that may be told, as a row of sums, whether it is that of the exchange: of no day, of the
    publication without a word for it, and of each that is named. Where nothing is known, none is.
    """

    read: Read
    report: bool
    status: int
    days: Sequence[bool]


def main() -> int:
    """Train, write the encoder, and say how it judges the fifth that was left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--fold", type=int, help="leave out this fifth and print its scores")
    parser.add_argument("--onward", nargs="*", type=Path, default=[], help="train the packaged one on these files")
    options = parser.parse_args()
    model = packed.read(options.model.read_bytes())
    known = rules.load()
    cases = [case for case in fit.all_cases(known) if detect.may_tell(case.scene)]
    seen = [case for case in cases if case.fold != options.fold]
    if options.onward:
        seen = _with_as_many_others(seen, options.onward)
    more = _more_pieces(model, cases)
    pieces = [*vectors().rows, *more]
    classes = sorted({m.cls for case in cases for s in case.scene.sentences for m in s.mentions})
    numbers = {piece: row for row, piece in enumerate(pieces)}
    names = {name: row for row, name in enumerate(classes)}
    texts = [(case.scene.sentences, case, True) for case in seen]
    texts += [(lead, case, False) for case in seen if (lead := fit.lead(case)) is not None]
    examples = [
        _example(encoder.read(text, case.scene.sides, case.published, numbers, names), case, whole)
        for text, case, whole in texts
        if case.scene.sides is not None
    ]
    network = Network(model, pieces, len(classes))
    if options.onward:
        network.unpack(encoder.FILE, encoder.MATRICES, classes)
        _train(network, examples, ONWARD_ROUNDS, ONWARD_FASTEST, ONWARD_FRESH_FASTEST)
    else:
        _train(network, examples, ROUNDS, FASTEST, FRESH_FASTEST)
    small, matrices = network.packed(model.blocks([model.numbers[piece] for piece in pieces]))
    small["pieces"] = np.frombuffer(spelled(more), np.uint8)
    small["sum of pieces"] = np.array(crc32(spelled(vectors().rows)))
    np.savez_compressed(encoder.FILE, **small, **{"class names": np.array(classes)})
    np.save(encoder.MATRICES, matrices)
    print(f"{encoder.FILE.name}: {LAYERS} layers, {len(pieces):,} pieces, from {len(examples):,} texts")
    if options.fold is not None:
        _print_unseen([case for case in cases if case.fold == options.fold])
    return 0


def _with_as_many_others(cases: Sequence[Case], files: Iterable[Path]) -> list[Case]:
    """The cases of some labelled files, and as many of the rest, by chance."""
    wanted = {json.loads(line)["id"] for file in files for line in file.read_text("utf-8").splitlines()}
    chosen = [case for case in cases if case.label["id"] in wanted]
    rest = [case for case in cases if case.label["id"] not in wanted]
    return chosen + random.Random(1).sample(rest, min(len(rest), len(chosen)))


def _example(text: Read, case: Case, whole: bool) -> Example:
    """An article with its answers; of its beginning alone, and of what is none, neither status nor day is known."""
    if not (whole and case.label["relevant"]):
        return Example(text, case.label["relevant"], UNKNOWN, [])
    first = case.label["events"][0]
    days = [None, case.published.isoformat(), *(day.value for day in text.days)]
    return Example(text, True, STATUSES.index(first["status"]), [day == first["date"] for day in days])


def _print_unseen(cases: Sequence[Case]) -> None:
    """How many articles the encoder as written takes for what they are."""
    reader, found, statuses, days = encoder.Encoder(), Found(), Share(), Share()
    for case in cases:
        if case.scene.sides is not None:
            told = reader.ask(case.scene.sentences, case.scene.sides, case.published)
            found.compare({case.label["relevant"]} - {False}, {told.report > 0} - {False})
            if case.label["relevant"]:
                first = case.label["events"][0]
                statuses.add(max(told.status, key=told.status.__getitem__) == first["status"])
                days.add(max(told.days, key=told.days.__getitem__) == first["date"])
    print(f"{len(cases)} unseen: F1 {found.f1:.3f}, {found.invented} wrongly reports, {found.missed} missed")
    print(f"status right of {statuses.value:.3f}, day of {days.value:.3f}")


def _more_pieces(model: packed.Packed, cases: Sequence[Case]) -> list[str]:
    """The pieces that the encoder knows besides those of the second opinion: figures, marks, those of other cases."""
    small = {piece: number for piece, number in model.numbers.items() if _PIECE.fullmatch(piece)}
    words = {word for case in cases for sentence in case.scene.sentences for word in sentence.words}
    used = {piece for word in words for piece in pieces_of(word, small)}
    common = sorted(small, key=lambda piece: -model.common[small[piece]])[:COMMONEST]
    return [BEGINS, ENDS, *sorted(used.union(common) - vectors().rows.keys())]


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
        self.ages = nn.Parameter(torch.randn(encoder.AGES, model.width) * 0.02)
        self.ages_named = nn.Parameter(torch.zeros(encoder.AGES, model.width))
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


def _train(network: Network, examples: Sequence[Example], rounds: int, fastest: float, fresh_fastest: float) -> None:
    chance = random.Random(1)
    torch.manual_seed(1)
    old, new = [], []
    for name, weights in network.named_parameters():
        if weights.requires_grad:
            (old if name.startswith(_READ_BEFORE) else new).append(weights)
    groups = [{"params": old, "lr": fastest}, {"params": new, "lr": fresh_fastest}]
    steps = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=DECAY)
    orders = [list(_batches(examples, chance)) for _ in range(rounds)]
    total = sum(map(len, orders))
    pace = torch.optim.lr_scheduler.LambdaLR(steps, lambda step: _pace((step + 1) / total))
    network.train()
    begun = time.monotonic()
    for number, batches in enumerate(orders, 1):
        lost = 0.0
        for batch in batches:
            *inputs, reports, statuses, days = _filled([examples[i] for i in batch], chance)
            with torch.autocast("cpu", torch.bfloat16, enabled=_HALVES):
                told = network(*inputs)
            loss = functional.binary_cross_entropy_with_logits(told["report"][:, 0], reports)
            if (statuses != UNKNOWN).any():
                loss = loss + functional.cross_entropy(told["status"], statuses, ignore_index=UNKNOWN)
            if (days == RIGHT).any():
                loss = loss + _missed_days(torch.cat([told["day"], told["named"][..., 0]], 1), days)
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*old, *new], 1.0)
            steps.step()
            pace.step()
            lost += loss.item() / len(batches)
        print(
            f"round {number} of {rounds}: loss {lost:.3f}, {time.monotonic() - begun:.0f} s",
            file=sys.stderr,
            flush=True,
        )


def _missed_days(sums: Tensor, days: Tensor) -> Tensor:
    """How little likely the days are that are right, where one is: the mean of the negative logarithms."""
    asked = (days == RIGHT).any(1)
    shares = torch.log_softmax(sums.masked_fill(days == NO_DAY, -1e4)[asked], 1)
    return -torch.logsumexp(shares.masked_fill(days[asked] != RIGHT, -1e4), 1).mean()


def _pace(done: float) -> float:
    """The share of the fastest pace: rising at first, then falling to the end."""
    return min(1.0, done / _WARM) * max(0.02, 1 - done)


def _batches(examples: Sequence[Example], chance: random.Random) -> Iterable[list[int]]:
    """All examples in an order of chance, those of like length together."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].read.pieces) + 20 * chance.random())
    made: list[list[int]] = [[]]
    for i in order:
        if (len(made[-1]) + 1) * len(examples[i].read.pieces) > BATCH:
            made.append([])
        made[-1].append(i)
    chance.shuffle(made)
    return filter(None, made)


def _filled(examples: Sequence[Example], chance: random.Random) -> tuple[Tensor, ...]:
    """A batch of one length; which side is the first is chance, and some of what the lexicon found is left out."""
    length = max(len(each.read.pieces) for each in examples)
    shape = (len(examples), length)
    pieces, roles, parts, ages = (np.zeros(shape, np.int64) for _ in range(4))
    classes = np.zeros((*shape, examples[0].read.classes.shape[1]), np.float32)
    hidden = np.full(shape, -1e4, np.float32)
    most = max(len(each.read.days) for each in examples)
    named, right = np.zeros((len(examples), most, 2), np.int64), np.full((len(examples), 2 + most), NO_DAY)
    for i, (read, *_, days) in enumerate(examples):
        n = len(read.pieces)
        pieces[i, :n], roles[i, :n], parts[i, :n], ages[i, :n], classes[i, :n], hidden[i, :n] = *read[:-1], 0
        named[i, : len(read.days)] = np.array([day[1:] for day in read.days]).reshape(-1, 2)
        right[i, : len(days)] = np.where(days, RIGHT, WRONG)
        if chance.random() < 0.5:
            roles[i, :n] = [_SWAPPED.get(role, role) for role in read.roles]
    table = torch.tensor(classes) * (torch.rand(classes.shape) > LEFT_OUT)
    answers = torch.tensor([float(each.report) for each in examples]), torch.tensor([each.status for each in examples])
    bare = torch.tensor(hidden)[:, None, None, :]
    inputs = (*map(torch.tensor, (pieces, roles, parts, ages)), table, bare, torch.tensor(named))
    return *inputs, *answers, torch.tensor(right)


if __name__ == "__main__":
    raise SystemExit(main())
