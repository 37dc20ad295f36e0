"""Labelled articles in English -> the weights of the encoder that reads their numbers too (parsers/english.py).

    python benchmarks/fit_english.py MODEL [--onward FILE...]

MODEL is the folder of all-mpnet-base-v2 (model.safetensors, vocab.txt), whose upper layers are trained on by AdamW
(Loshchilov and Hutter, 2019): first on the reports alone, then on all articles. The corpus is not learnt from, but
articles after its manner are. Needs PyTorch and safetensors, which are in no lock file; the build without CUDA is
enough. An hour and a half on two cores without AVX-512. With --onward the packaged encoder is trained for one round on
all articles.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import fit
import numpy as np
import torch
from english_network import Beside, Network
from fit_encoder import NO_DAY, RIGHT, UNKNOWN, WRONG, batches, descend, missed_days
from labelled import Case, cases_of
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from parsers import detect, english, rules
from parsers.assemble import STATUSES
from parsers.pieces import FIRST, NEITHER, SECOND, THIRD, Read, read, spelled

FASTEST, FRESH_FASTEST = 6e-5, 5e-4
# So many rounds over the reports; then one over all articles.
ROUNDS = 2
BATCH = 1500
# What a question counts beside whether an article is a report.
NUMBER, STATUS, DAY, DEAD = 2.0, 0.7, 0.7, 0.3
# A number of which nobody knows whether it counts the dead.
UNSAID = -1.0
_PIECE = re.compile(r"(##)?[a-z0-9]+|[^\w\s]|_|<s>|</s>|\[UNK\]")
_SWAPPED = np.array([NEITHER, SECOND, FIRST, THIRD])


class Example(NamedTuple):
    """An article as the encoder takes it with its answers; `low` is what the layers that stay make of it.

    `days` as those of fit_encoder; of each number whether it is news to the first side, to the second, background, and
    whether it counts the dead.
    """

    read: Read
    low: Tensor
    report: bool
    status: int
    days: Sequence[bool]
    numbers: Sequence[tuple[float, float, float, float]]


def main() -> int:
    """Train and write the encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--onward", nargs="*", type=Path, help="train the packaged one, on these files too")
    options = parser.parse_args()
    known = rules.load()
    paths = [fit.CASES / "en.plain.jsonl", fit.CASES / "en.develop.jsonl", fit.CASES / "conflicts.develop.jsonl"]
    paths += [fit.LEARNT / "en.jsonl", *(options.onward or [])]
    cases = [case for path in paths for case in cases_of(path, known) if case.label["lang"] == "en"]
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
        network.unpack(english.FILE, english.MATRICES, classes)
    pieces = {vocabulary[row]: place for place, row in enumerate(rows)}
    names = {name: row for row, name in enumerate(classes)}
    examples = [_example(case, pieces, names, network) for case in cases]
    if options.onward is None:
        _train(network, [each for each in examples if each.report], ROUNDS)
    _train(network, examples, 1)
    small, matrices = network.packed()
    small |= {"pieces": np.frombuffer(spelled(pieces), np.uint8), "class names": np.array(classes)}
    np.savez_compressed(english.FILE, **small)
    np.save(english.MATRICES, matrices)
    print(f"{english.FILE.name}: {len(pieces):,} pieces, from {len(examples):,} articles")
    return 0


def _example(case: Case, pieces: dict[str, int], names: dict[str, int], network: Network) -> Example:
    """An article with its answers; of what is no report only that is known."""
    scene = case.scene
    assert scene.sides is not None  # of what passed the gates
    text = read(scene.sentences, scene.sides, case.published, pieces, names, scene.candidates, english.pieces_of)
    with torch.no_grad():
        network.eval()
        low = network.lower(torch.tensor(text.pieces)[None], torch.zeros(1, len(text.pieces)))[0].half()
    if not case.label["relevant"]:
        return Example(text, low, False, UNKNOWN, [], [])
    first = case.label["events"][0]
    days = [None, case.published.isoformat(), *(day.value for day in text.days)]
    numbers = [_answers(case, scene.sides, number.value) for number in text.numbers]
    return Example(text, low, True, STATUSES.index(first["status"]), [day == first["date"] for day in days], numbers)


def _answers(case: Case, sides: tuple[str, str], value: int) -> tuple[float, float, float, float]:
    one, two = sides
    told, aside = case.told.get(value, set()), case.aside.get(value, set())
    ways = {(giver, to) for giver, to, _ in told}
    dead = {each for *_, each in told | aside}
    return (two, one) in ways, (one, two) in ways, bool(aside), float(dead.pop()) if len(dead) == 1 else UNSAID


def _train(network: Network, examples: Sequence[Example], rounds: int) -> None:
    chance = random.Random(1)
    old = [weights for layer in network.layers for weights in layer.parameters() if weights.requires_grad]
    known = set(map(id, old))
    new = [weights for weights in network.parameters() if weights.requires_grad and id(weights) not in known]
    orders = [list(batches(examples, chance, BATCH)) for _ in range(rounds)]
    network.train()
    paces = (FASTEST, FRESH_FASTEST)
    descend(old, new, paces, orders, lambda batch: _loss(network, [examples[i] for i in batch], chance))


def _loss(network: Network, examples: Sequence[Example], chance: random.Random) -> Tensor:
    """How wrong the network is on a batch; which side is the first is chance, and some classes are left out."""
    length = max(len(each.read.pieces) for each in examples)
    shape = (len(examples), length)
    roles, parts, ages = (np.zeros(shape, np.int64) for _ in range(3))
    marks, hidden = np.zeros(shape, np.float32), np.full(shape, -1e4, np.float32)
    classes = np.zeros((*shape, examples[0].read.classes.shape[1]), np.float32)
    x = torch.zeros(*shape, examples[0].low.shape[1])
    most = max(len(each.read.days) for each in examples)
    named, right = np.zeros((len(examples), most, 2), np.int64), np.full((len(examples), 2 + most), NO_DAY)
    places: list[tuple[int, list[int]]] = []
    answers: list[Sequence[float]] = []
    for i, each in enumerate(examples):
        text, n = each.read, len(each.read.pieces)
        swapped = chance.random() < 0.5
        x[i, :n], hidden[i, :n] = each.low, 0
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
    told = network(x, torch.tensor(hidden), beside, torch.tensor(named), places)
    return _missed(told, examples, torch.tensor(right), torch.tensor(answers, dtype=torch.float32))


def _missed(told: dict[str, Tensor], examples: Sequence[Example], days: Tensor, answers: Tensor) -> Tensor:
    wrong = functional.binary_cross_entropy_with_logits
    report, status, day = (told["article"][:, english.ARTICLE[name]] for name in ("report", "status", "day"))
    loss = wrong(report[:, 0], torch.tensor([float(each.report) for each in examples]))
    statuses = torch.tensor([each.status for each in examples])
    if (statuses != UNKNOWN).any():
        loss = loss + STATUS * functional.cross_entropy(status, statuses, ignore_index=UNKNOWN)
    if (days == RIGHT).any():
        loss = loss + DAY * missed_days(torch.cat([day, told["named"][..., 0]], 1), days)
    if len(answers):
        loss = loss + NUMBER * wrong(told["number"][:, :3], answers[:, :3])
        said = answers[:, 3] != UNSAID
        if said.any():
            loss = loss + DEAD * wrong(told["number"][said, 3], answers[said, 3])
    return loss


if __name__ == "__main__":
    raise SystemExit(main())
