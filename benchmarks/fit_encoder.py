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
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import fit
import numpy as np
import packed
import torch
from encoder_network import LAYERS, LEFT_OUT, Network
from labelled import Case
from torch import Tensor, nn
from torch.nn import functional

from app.scoring import Found, Share
from parsers import detect, encoder, rules
from parsers.assemble import STATUSES
from parsers.pieces import BEGINS, ENDS, FIRST, SECOND, Read, read, spelled
from parsers.wording import pieces_of, vectors

ROUNDS, FASTEST, FRESH_FASTEST, DECAY = 4, 5e-5, 1e-3, 0.01
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
        _example(read(text, case.scene.sides, case.published, numbers, names), case, whole)
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


def _train(network: Network, examples: Sequence[Example], rounds: int, fastest: float, fresh_fastest: float) -> None:
    chance = random.Random(1)
    torch.manual_seed(1)
    old, new = [], []
    for name, weights in network.named_parameters():
        if weights.requires_grad:
            (old if name.startswith(_READ_BEFORE) else new).append(weights)

    def missed(batch: Sequence[int]) -> Tensor:
        *inputs, reports, statuses, days = _filled([examples[i] for i in batch], chance)
        with torch.autocast("cpu", torch.bfloat16, enabled=_HALVES):
            told = network(*inputs)
        loss = functional.binary_cross_entropy_with_logits(told["report"][:, 0], reports)
        if (statuses != UNKNOWN).any():
            loss = loss + functional.cross_entropy(told["status"], statuses, ignore_index=UNKNOWN)
        if (days == RIGHT).any():
            loss = loss + missed_days(torch.cat([told["day"], told["named"][..., 0]], 1), days)
        return loss

    network.train()
    descend(old, new, (fastest, fresh_fastest), [list(batches(examples, chance)) for _ in range(rounds)], missed)


def descend(
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


def missed_days(sums: Tensor, days: Tensor) -> Tensor:
    """How little likely the days are that are right, where one is: the mean of the negative logarithms."""
    asked = (days == RIGHT).any(1)
    shares = torch.log_softmax(sums.masked_fill(days == NO_DAY, -1e4)[asked], 1)
    return -torch.logsumexp(shares.masked_fill(days[asked] != RIGHT, -1e4), 1).mean()


def _pace(done: float) -> float:
    """The share of the fastest pace: rising at first, then falling to the end."""
    return min(1.0, done / _WARM) * max(0.02, 1 - done)


def batches(examples: Sequence[Any], chance: random.Random, most: int = BATCH) -> Iterable[list[int]]:
    """All examples in an order of chance, those of like length together."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].read.pieces) + 20 * chance.random())
    made: list[list[int]] = [[]]
    for i in order:
        if (len(made[-1]) + 1) * len(examples[i].read.pieces) > most:
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
    for i, (text, *_, days) in enumerate(examples):
        n = len(text.pieces)
        pieces[i, :n], roles[i, :n], parts[i, :n], ages[i, :n], classes[i, :n], hidden[i, :n] = *text[:5], 0
        named[i, : len(text.days)] = np.array([day[1:] for day in text.days]).reshape(-1, 2)
        right[i, : len(days)] = np.where(days, RIGHT, WRONG)
        if chance.random() < 0.5:
            roles[i, :n] = [_SWAPPED.get(role, role) for role in text.roles]
    table = torch.tensor(classes) * (torch.rand(classes.shape) > LEFT_OUT)
    answers = torch.tensor([float(each.report) for each in examples]), torch.tensor([each.status for each in examples])
    bare = torch.tensor(hidden)[:, None, None, :]
    inputs = (*map(torch.tensor, (pieces, roles, parts, ages)), table, bare, torch.tensor(named))
    return *inputs, *answers, torch.tensor(right)


if __name__ == "__main__":
    raise SystemExit(main())
