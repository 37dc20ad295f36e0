"""Findings -> the exchanges of a report: figures with their proof, claimants, mediators, sources, kind and day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from core.model import Evidence, Exchange, Figure, Kind, Transfer
from parsers import breakdown, claims, timing
from parsers.annotate import Annotated, Sentence
from parsers.candidates import Candidate
from parsers.findings import Finding
from parsers.rules import Rules

_EARLY = 6
_MOST_ORDINAL = 500


def news(annotated: Annotated, found: Sequence[Finding], known: Rules) -> tuple[Exchange, ...]:
    """The exchanges that an article tells as its news, the main one first: what is numbered before what is not."""
    return tuple(_exchange(annotated, group, known) for group in _groups(found))


def background(annotated: Annotated, found: Sequence[Finding], known: Rules) -> tuple[Exchange, ...]:
    """The earlier exchanges and running totals that an article mentions; each with the day that its sentence names."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for f in found:
        s = f.candidate.sentence
        key = (f.dead, timing.told_day(s, f.candidate.count.first), s.has("cumulative", "cumulative_to"))
        group = groups.setdefault(key, [])
        if all((f.value, f.ends) != (other.value, other.ends) for other in group):
            group.append(f)
    return tuple(
        _exchange(annotated, group, known, day=day, cumulative=bool(cumulative), told=False)
        for (_, day, cumulative), group in groups.items()
    )


def _groups(found: Sequence[Finding]) -> list[list[Finding]]:
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for f in found:
        groups.setdefault((f.dead, f.status, f.day), []).append(f)
    return list(groups.values())


def _exchange(
    annotated: Annotated,
    group: Sequence[Finding],
    known: Rules,
    day: object = None,
    cumulative: bool = False,
    told: bool = True,
) -> Exchange:
    lead = group[0]
    transfers = tuple(t for f in group for t in _transfers(annotated, f, known))
    parties = tuple(dict.fromkeys(p for t in transfers for p in (t.giver, t.receiver) if p))
    return Exchange(
        _kind(annotated, group, told),
        lead.status if told else "completed",
        lead.day if told else (str(day) if day else None),
        transfers,
        parties,
        claims.mediators(annotated) if told else (),
        claims.sources(annotated.sentences) if told else (),
        _ordinal(annotated.sentences) if told else None,
        cumulative,
        (
            *(["direction garbled"] if any(f.garbled for f in group) else []),
            *(breakdown.at_odds(group, annotated.sentences) if told else []),
        ),
    )


def _kind(annotated: Annotated, group: Sequence[Finding], told: bool) -> Kind:
    if group[0].dead:
        return "remains"
    civilians = any(f.candidate.sentence.has("civilian") for f in group) or (
        told
        and any(
            s.has("civilian") and s.has("prisoner", "captivity", "military") and s.number < _EARLY
            for s in annotated.sentences
        )
    )
    only = {f.what for f in group} == {"civilians"}
    if only and not any(s.has("prisoner", "captivity") for s in annotated.sentences):
        return "civilians"
    return "mixed" if civilians else "prisoners"


def _transfers(annotated: Annotated, f: Finding, known: Rules) -> Iterable[Transfer]:
    """A finding's transfers: one a direction, each with the place that proves it best."""
    for number, (giver, receiver) in enumerate(f.ends):
        # Two directions stand in the order of `assemble`: first to the first side, then to the second.
        c = f.proof(towards_first=number == 0) if len(f.ends) == 2 else f.candidate
        index = annotated.sentences.index(c.sentence)
        before = annotated.sentences[max(0, index - 3) : index]
        by = claims.claimant(c.sentence, before, c.count.first, known)
        name, side = by or (None, None)
        yield Transfer(giver, receiver, _figure(annotated, c), f.what, name, evidence_of(annotated, c.sentence), side)


def _figure(annotated: Annotated, c: Candidate) -> Figure | None:
    """The figure of a candidate, with its span in the raw text; None where no number is told."""
    count, sentence = c.count, c.sentence
    if not count.best:
        return None
    source = annotated.title if sentence.part == "title" else annotated.text
    start, end = source.offset(sentence.starts[count.first]), source.offset(sentence.ends[count.last - 1])
    exact = count.low is None and count.high is None
    return Figure(
        count.best,
        count.best if exact else count.low,
        count.best if exact else count.high,
        source.raw[start:end],
        start,
        end,
    )


def evidence_of(annotated: Annotated, sentence: Sentence) -> Evidence:
    """A sentence as the proof of what was found in it, by its span in the raw text."""
    start, end, quote = annotated.raw(sentence)
    return Evidence(start, end, quote, sentence.part)


def _ordinal(sentences: Iterable[Sentence]) -> int | None:
    """The exchange's ordinal: "the 68th exchange"."""
    for s in sentences:
        for m in s.of("exchange_ordinal"):
            window = s.words[max(0, m.first - 4) : m.first]
            for word, behind in pairwise(window):
                digits = word.isdigit() and len(word) <= 3 and 1 < int(word) < _MOST_ORDINAL
                if digits and (behind == "-" or behind.isalpha()) and len(behind) <= 2:
                    return int(word)
    return None
