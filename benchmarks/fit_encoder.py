"""Labelled articles -> the weights of the encoder that reads their numbers too (parsers/encoder.py).

    python benchmarks/fit_encoder.py MODEL [--onward FILE...]

MODEL is the folder of all-mpnet-base-v2 (model.safetensors, vocab.txt), which is trained on by AdamW (Loshchilov and
Hutter, 2019) on the articles in English and in every language that has glosses. The corpus is not learnt from, but
articles after its manner are. Needs PyTorch and safetensors, which are in no lock file; the build without CUDA is
enough. Half an hour a round on two cores that multiply sixteen-bit numbers. With --onward the packaged encoder is
trained on for a few rounds, more gently.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import fit
import numpy as np
import torch
from encoder_network import Beside, Network
from labelled import Case, cases_of
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from parsers import detect, encoder, rules
from parsers.assemble import STATUSES
from parsers.pieces import FIRST, NEITHER, SECOND, THIRD, Numbers, Read, read, spelled

FASTEST, FRESH_FASTEST, DECAY = 5e-5, 3e-4, 0.01
# So many rounds over the reports, each with as large a part of the other articles.
ROUNDS = 3
# The same for an encoder that has learnt before: its rounds, and the share of those paces.
ONWARD_ROUNDS, ONWARD = 2, 0.6
# Numbers of sixteen bits are quicker where the processor multiplies them, and much slower elsewhere.
HALVES = torch.backends.cpu.get_cpu_capability() == "AVX512"
# So many pieces are read at a time, filled up to the longest article among them.
BATCH = 1500
# The share of articles that are read with other numbers than they tell.
OTHERS = 0.5
# What a question counts beside whether an article is a report.
NUMBER, WAY, STATUS, DAY, DEAD = 2.0, 1.0, 0.7, 0.7, 0.3
# A number of which nobody knows whether it counts the dead.
UNSAID = -1.0
# The row of a status that nobody knows: PyTorch passes over it.
UNKNOWN = -100
# What a day in a batch is: filled up, another, that of the exchange.
NO_DAY, WRONG, RIGHT = range(3)
# The pace rises for this share of the steps.
_WARM = 0.06
_PIECE = re.compile(r"(##)?[a-z0-9]+|[^\w\s]|_|<s>|</s>|\[UNK\]")
_SWAPPED = np.array([NEITHER, SECOND, FIRST, THIRD])


class Example(NamedTuple):
    """An article as the encoder takes it, whether it is a report, the row of its status and its day if known.

    `days`: whether that of the exchange is none, that of publication without a word for it, and each that is named. Of
    each number whether it is news to the first side, to the second, background, and whether it counts the dead.
    """

    read: Read
    report: bool
    status: int
    days: Sequence[bool]
    numbers: Sequence[tuple[float, float, float, float]]


class Others:
    """Puts other numbers of as many figures into an article, so that none is known by what it has been."""

    def __init__(self, pieces: Mapping[str, int]) -> None:
        """`pieces` with their rows."""
        alike: dict[tuple[bool, int], list[int]] = defaultdict(list)
        self._like: dict[int, list[int]] = {}
        for piece, row in pieces.items():
            figures = piece.removeprefix("##")
            if figures.isdecimal():
                self._like[row] = alike[(figures == piece, len(figures))]
                self._like[row].append(row)

    def read(self, text: Read, chance: random.Random) -> Numbers:
        """The rows of an article's pieces; one figure stands for the same wherever it is told."""
        made = text.pieces.copy()
        new: dict[int, int] = {}
        for counted in text.numbers:
            for first, last in counted.places:
                for place in range(first, min(last, len(made))):
                    row = int(text.pieces[place])
                    if row in self._like:
                        made[place] = new.setdefault(row, chance.choice(self._like[row]))
        return made


def main() -> int:
    """Train and write the encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--onward", nargs="*", type=Path, help="train the packaged one, on these files too")
    options = parser.parse_args()
    known = rules.load()
    paths = [*sorted(fit.CASES.glob("*.plain.jsonl")), *sorted(fit.CASES.glob("*.develop.jsonl"))]
    paths += [*sorted(fit.LEARNT.glob("*.jsonl")), *(options.onward or [])]
    understood = encoder.languages()
    cases = [case for path in paths for case in cases_of(path, known) if case.label["lang"] in understood]
    cases = [case for case in cases if detect.may_tell(case.scene)]
    vocabulary = (options.model / "vocab.txt").read_text("utf-8").split("\n")
    rows = [row for row, piece in enumerate(vocabulary) if _PIECE.fullmatch(piece)]
    classes = sorted({m.cls for case in cases for s in case.scene.sentences for m in s.mentions})
    network = Network(len(rows), len(classes))
    torch.manual_seed(1)
    if options.onward is None:
        model = load_file(options.model / "model.safetensors")
        network.take({name.removeprefix("mpnet."): weights.float() for name, weights in model.items()}, rows)
    else:
        network.unpack(classes)
    pieces = {vocabulary[row]: place for place, row in enumerate(rows)}
    names = {name: row for row, name in enumerate(classes)}
    others = Others(pieces)
    examples = [_example(case, pieces, names) for case in cases]
    _train(network, examples, others, *((ROUNDS, 1.0) if options.onward is None else (ONWARD_ROUNDS, ONWARD)))
    small, matrices, vectors = network.packed()
    small |= {"pieces": np.frombuffer(spelled(pieces), np.uint8), "class names": np.array(classes)}
    np.savez_compressed(encoder.FILE, **small)
    np.save(encoder.MATRICES, matrices)
    np.save(encoder.PIECES, vectors)
    print(f"{encoder.FILE.name}: {len(pieces):,} pieces, from {len(examples):,} articles")
    return 0


def _example(case: Case, pieces: dict[str, int], names: dict[str, int]) -> Example:
    """An article with its answers; of what is no report only that is known."""
    scene = case.scene
    assert scene.sides is not None  # of what passed the gates
    language = case.label["lang"]
    text = read(scene.sentences, scene.sides, case.published, pieces, names, scene.candidates, language)
    if not case.label["relevant"]:
        return Example(text, False, UNKNOWN, [], [])
    first = case.label["events"][0]
    days = [None, case.published.isoformat(), *(day.value for day in text.days)]
    numbers = [_answers(case, scene.sides, number.value) for number in text.numbers]
    return Example(text, True, STATUSES.index(first["status"]), [day == first["date"] for day in days], numbers)


def _answers(case: Case, sides: tuple[str, str], value: int) -> tuple[float, float, float, float]:
    one, two = sides
    told, aside = case.told.get(value, set()), case.aside.get(value, set())
    ways = {(giver, to) for giver, to, _ in told}
    dead = {each for *_, each in told | aside}
    return (two, one) in ways, (one, two) in ways, bool(aside), float(dead.pop()) if len(dead) == 1 else UNSAID


def _train(network: Network, examples: Sequence[Example], others: Others, rounds: int, pace: float) -> None:
    chance = random.Random(1)
    old = [weights for layer in network.layers for weights in layer.parameters() if weights.requires_grad]
    known = set(map(id, old))
    new = [weights for weights in network.parameters() if weights.requires_grad and id(weights) not in known]
    reports = [i for i, each in enumerate(examples) if each.report]
    rest = [i for i, each in enumerate(examples) if not each.report]
    chance.shuffle(rest)
    orders = []
    for number in range(rounds):
        chosen = reports + rest[number::rounds]
        drawn = _batches([examples[i] for i in chosen], chance)
        orders.append([[chosen[i] for i in batch] for batch in drawn])
    network.train()
    paces = (pace * FASTEST, pace * FRESH_FASTEST)
    _descend(old, new, paces, orders, lambda batch: _loss(network, [examples[i] for i in batch], others, chance))


def _loss(network: Network, examples: Sequence[Example], others: Others, chance: random.Random) -> Tensor:
    """How wrong the network is on a batch.

    Which side is the first is chance, some classes are left out, and half of the articles tell of other numbers.
    """
    length = max(len(each.read.pieces) for each in examples)
    shape = (len(examples), length)
    pieces, roles, parts, ages = (np.zeros(shape, np.int64) for _ in range(4))
    marks, hidden = np.zeros(shape, np.float32), np.full(shape, -1e4, np.float32)
    classes = np.zeros((*shape, examples[0].read.classes.shape[1]), np.float32)
    most = max(len(each.read.days) for each in examples)
    named, right = np.zeros((len(examples), most, 2), np.int64), np.full((len(examples), 2 + most), NO_DAY)
    places: list[tuple[int, list[int]]] = []
    answers: list[Sequence[float]] = []
    for i, each in enumerate(examples):
        text, n = each.read, len(each.read.pieces)
        swapped = chance.random() < 0.5
        pieces[i, :n], hidden[i, :n] = others.read(text, chance) if chance.random() < OTHERS else text.pieces, 0
        parts[i, :n], ages[i, :n], classes[i, :n] = text.parts, text.ages, text.classes
        roles[i, :n] = _SWAPPED[text.roles] if swapped else text.roles
        named[i, : len(text.days)] = np.array([day[1:] for day in text.days]).reshape(-1, 2)
        right[i, : len(each.days)] = np.where(each.days, RIGHT, WRONG)
        for counted in text.numbers:
            for first, last in counted.places:
                marks[i, first:last] = 1
        for counted, (one, two, *rest) in zip(text.numbers, each.numbers, strict=False):
            places.append((i, [first for first, _ in counted.places]))
            answers.append((two, one, *rest) if swapped else (one, two, *rest))
    table = torch.tensor(classes)
    table *= torch.rand(table.shape) > network.some.p
    beside = Beside(*map(torch.tensor, (roles, parts, ages)), table, torch.tensor(marks))
    with torch.autocast("cpu", torch.bfloat16, enabled=HALVES):
        told = network(torch.tensor(pieces), torch.tensor(hidden), beside, torch.tensor(named), places)
    told = {question: sums.float() for question, sums in told.items()}
    return _missed(told, examples, torch.tensor(right), torch.tensor(answers, dtype=torch.float32))


def _missed(told: dict[str, Tensor], examples: Sequence[Example], days: Tensor, answers: Tensor) -> Tensor:
    wrong = functional.binary_cross_entropy_with_logits
    report, status, day = (told["article"][:, encoder.ARTICLE[name]] for name in ("report", "status", "day"))
    loss = wrong(report[:, 0], torch.tensor([float(each.report) for each in examples]))
    statuses = torch.tensor([each.status for each in examples])
    if (statuses != UNKNOWN).any():
        loss = loss + STATUS * functional.cross_entropy(status, statuses, ignore_index=UNKNOWN)
    if (days == RIGHT).any():
        loss = loss + DAY * _missed_days(torch.cat([day, told["named"][..., 0]], 1), days)
    if len(answers):
        news, background, dead = told["number"].unbind(1)
        ways = told["way"][..., 0]
        loss = loss + NUMBER * wrong(torch.stack([*(news + ways.T), background], 1), answers[:, :3])
        alone = answers[:, 0] != answers[:, 1]
        if alone.any():
            loss = loss + WAY * wrong((ways[:, 0] - ways[:, 1])[alone], answers[alone, 0])
        said = answers[:, 3] != UNSAID
        if said.any():
            loss = loss + DEAD * wrong(dead[said], answers[said, 3])
    return loss


def _descend(
    old: Sequence[nn.Parameter],
    new: Sequence[nn.Parameter],
    fastest: tuple[float, float],
    orders: Sequence[Sequence[Sequence[int]]],
    missed: Callable[[Sequence[int]], Tensor],
) -> None:
    """Better the weights of a network in rounds of batches, those that come of a model and the new ones at their paces.

    `missed` tells how wrong the network is on a batch.
    """
    groups = [{"params": each, "lr": pace} for each, pace in zip((old, new), fastest, strict=True)]
    steps = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=DECAY)
    total = sum(map(len, orders))
    paces = torch.optim.lr_scheduler.LambdaLR(steps, lambda step: _pace((step + 1) / total))
    begun = time.monotonic()
    for number, order in enumerate(orders, 1):
        lost = 0.0
        for batch in order:
            loss = missed(batch)
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_([*old, *new], 1.0)
            steps.step()
            paces.step()
            lost += loss.item() / len(order)
        took = time.monotonic() - begun
        print(f"round {number} of {len(orders)}: loss {lost:.3f}, {took:.0f} s", file=sys.stderr, flush=True)


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


if __name__ == "__main__":
    raise SystemExit(main())
