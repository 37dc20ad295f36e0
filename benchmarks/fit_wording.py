"""Labelled articles -> the weights of the network that says how they are worded (parsers/wording.py has what it reads).

Found by gradient descent (AdamW) on the articles of the labelled cases; some words, and some of what it makes of them,
are left out at random each time, so that it learns what articles are about and not the articles.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from parsers.wording import WINDOW, Read

Weights = dict[str, Any]
HIDDEN, NOTICES, MIDDLE = 48, 4, 64
# Tried on unseen fifths: 6 to 24 rounds, less left out (0.15, 0.1, 0.3), wider layers: all a hundredth or so behind.
ROUNDS, BATCH, FASTEST, DECAY = 12, 16, 2e-3, 0.1
# Shares left out: of the words, of what is seen of them, of what is made of the whole.
LEFT_OUT = (0.25, 0.2, 0.5)
# Articles are filled up to one of these lengths, so that few programs are compiled.
LENGTHS = (48, 96, 144, 192, 240, 300)


def found(examples: Sequence[tuple[Read, bool]], classes: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """The weights for articles and whether each is a report, by name, with the classes' names in order."""
    chance = random.Random(1)
    weights = _fresh(examples[0][0].vectors.shape[1], len(classes))
    moments = (jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights))
    steps = ROUNDS * (-(-len(examples) // BATCH))
    for step, batch in enumerate(_batches(examples, chance)):
        speed = FASTEST * max(0.02, 1 - step / steps)
        weights, moments = _learnt(weights, moments, step + 1, speed, jax.random.key(step), *batch)
    return {"classes": np.array(classes), **{name: np.asarray(array, np.float16) for name, array in weights.items()}}


def _batches(examples: Sequence[tuple[Read, bool]], chance: random.Random) -> Iterable[tuple[Any, ...]]:
    """All examples in every round, those of like length together, in an order of chance."""
    for _ in range(ROUNDS):
        order = chance.sample(range(len(examples)), len(examples))
        order.sort(key=lambda i: _length(len(examples[i][0].vectors)))
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        chance.shuffle(batches)
        yield from (_filled([examples[i] for i in batch]) for batch in batches)


def _length(words: int) -> int:
    return next(length for length in LENGTHS if words <= length)


def _filled(examples: Sequence[tuple[Read, bool]]) -> tuple[Any, ...]:
    """One batch of equal length and size; what was filled up has no weight."""
    length = max(_length(len(read.vectors)) for read, _ in examples)
    vectors = np.zeros((BATCH, length, examples[0][0].vectors.shape[1]), np.float32)
    classes = np.zeros((BATCH, length, examples[0][0].classes.shape[1]), np.float32)
    there = np.zeros((BATCH, length), bool)
    answers, counts = np.zeros(BATCH, np.float32), np.zeros(BATCH, np.float32)
    for i, (read, answer) in enumerate(examples):
        words = len(read.vectors)
        vectors[i, :words], classes[i, :words], there[i, :words] = read.vectors, read.classes, True
        answers[i], counts[i] = answer, 1
    return vectors, classes, there, answers, counts


def _fresh(width: int, classes: int) -> Weights:
    shapes = {
        "word": (width, HIDDEN),
        "window": (WINDOW, HIDDEN, HIDDEN),
        "notice": (HIDDEN, NOTICES),
        "middle": ((NOTICES + 2) * HIDDEN, MIDDLE),
        "last": (MIDDLE,),
    }
    keys = jax.random.split(jax.random.key(0), len(shapes))
    weights: Weights = {
        name: jax.random.normal(key, shape) / np.sqrt(np.prod(shape[:-1]) if len(shape) > 1 else shape[0])
        for key, (name, shape) in zip(keys, shapes.items(), strict=True)
    }
    weights["class"] = jnp.zeros((classes, HIDDEN))
    weights |= {f"{name} bias": jnp.zeros(size) for name, size in (("word", HIDDEN), ("window", HIDDEN))}
    weights |= {"middle bias": jnp.zeros(MIDDLE), "last bias": jnp.zeros(())}
    return weights


def _answers(weights: Weights, vectors: Any, classes: Any, there: Any, key: Any) -> Any:
    """What parsers.wording answers, for a batch, with some left out at random."""
    keys = jax.random.split(key, 4)
    there = there & (jax.random.uniform(keys[0], there.shape) > LEFT_OUT[0])
    seen = jax.nn.relu(vectors @ weights["word"] + classes @ weights["class"] + weights["word bias"])
    seen = seen * there[:, :, None]
    some = _some(seen, LEFT_OUT[1], keys[1])
    padded = jnp.pad(some, ((0, 0), (WINDOW // 2, WINDOW // 2), (0, 0)))
    length = seen.shape[1]
    near = sum(padded[:, i : i + length] @ weights["window"][i] for i in range(WINDOW))
    heard = jax.nn.relu(near + weights["window bias"])
    notice = jax.nn.softmax(jnp.where(there[:, :, None], heard @ weights["notice"], -1e4), axis=1)
    told = jnp.einsum("btk,bth->bkh", notice, heard).reshape(len(seen), -1)
    most = jnp.where(there[:, :, None], heard, 0).max(axis=1)
    mean = seen.sum(axis=1) / jnp.maximum(there.sum(axis=1, keepdims=True), 1)
    whole = _some(jnp.concatenate([told, most, mean], axis=1), LEFT_OUT[2], keys[2])
    middle = _some(jax.nn.relu(whole @ weights["middle"] + weights["middle bias"]), LEFT_OUT[2], keys[3])
    return middle @ weights["last"] + weights["last bias"]


def _some(values: Any, left_out: float, key: Any) -> Any:
    kept = jax.random.uniform(key, values.shape) > left_out
    return values * kept / (1 - left_out)


def _loss(weights: Weights, vectors: Any, classes: Any, there: Any, key: Any, answers: Any, counts: Any) -> Any:
    told = _answers(weights, vectors, classes, there, key)
    losses = jnp.maximum(told, 0) - told * answers + jnp.log1p(jnp.exp(-jnp.abs(told)))
    return (losses * counts).sum() / counts.sum()


@jax.jit
def _learnt(
    weights: Weights,
    moments: tuple[Weights, Weights],
    step: int,
    speed: float,
    key: Any,
    vectors: Any,
    classes: Any,
    there: Any,
    answers: Any,
    counts: Any,
) -> tuple[Weights, tuple[Weights, Weights]]:
    """One step of AdamW (Loshchilov and Hutter, 2019)."""
    slopes = jax.grad(_loss)(weights, vectors, classes, there, key, answers, counts)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], slopes)
    second = jax.tree.map(lambda m, g: 0.999 * m + 0.001 * g * g, moments[1], slopes)

    def moved(w: Any, m: Any, s: Any) -> Any:
        return w - speed * (m / (1 - 0.9**step) / (jnp.sqrt(s / (1 - 0.999**step)) + 1e-8) + DECAY * w)

    return jax.tree.map(moved, weights, first, second), (first, second)
