"""An article -> the rules that matched, as an indented tree: what was found and why, or the gate that stopped it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from core.model import Report
from parsers.annotate import Sentence
from parsers.assemble import Finding
from parsers.detect import Detector, Inquiry, inquire
from parsers.scoring import THRESHOLD, WEIGHTS

_GATES = ("words", "sides", "news", "score")


def explain(
    detector: Detector, title: str | None, text: str, published: datetime | date | None, language: str | None = None
) -> str:
    """The tree in words, one line a rule. `published` as for Detector.detect; never raises on text."""
    inquiry = inquire(detector.rules, title, text, published, language)
    names = detector.party_names
    lines = [f"language {inquiry.language.code}"]
    if inquiry.sides:
        lines.append(f"sides {' and '.join(names.get(code, code) for code in inquiry.sides)}")
    lines += _verdict(inquiry)
    for heading, standings in (("news", ("news",)), ("background", ("earlier", "total")), ("parts", ("part",))):
        found = [f for f in inquiry.findings if f.standing in standings]
        if found:
            lines.append(heading)
            for finding in found:
                lines += [f"  {line}" for line in _finding(inquiry, finding)]
    if not inquiry.findings:
        lines += _nearest(inquiry)
    return "\n".join(lines)


def _verdict(inquiry: Inquiry) -> Iterator[str]:
    verdict = inquiry.verdict
    if isinstance(verdict, Report):
        yield f"report, score {verdict.score:.2f} (a report from {THRESHOLD:.2f} on)"
        for exchange in verdict.exchanges:
            flags = f", {', '.join(exchange.flags)}" if exchange.flags else ""
            yield f"  {exchange.kind}, {exchange.status}, {exchange.date or 'no day told'}{flags}"
    else:
        passed = ", ".join(_GATES[: _GATES.index(verdict.gate)]) or "none"
        yield f"no report: stopped at the gate '{verdict.gate}' (passed: {passed}): {verdict.reason}"
        if verdict.evidence is not None:
            where = verdict.evidence
            yield f'  where: characters {where.start}-{where.end}: "{_short(where.quote)}"'
    for name in inquiry.evidence:
        yield f"  {WEIGHTS[name]:+.1f}  {name}"


def _finding(inquiry: Inquiry, finding: Finding) -> Iterator[str]:
    told = finding.told
    count = str(told.count.best) if told.count else "no number"
    ends = f"{told.giver or '?'} -> {told.receiver or '?'}"
    yield f"{count} {told.what or 'persons'}, {ends}, {finding.status}, {finding.day or 'no day'}"
    yield f"  {finding.standing}: {finding.why}"
    for clue in told.clues:
        yield f"  direction by {clue}"
    if told.verb is not None:
        yield f'  verb "{" ".join(told.sentence.words[told.verb.first : told.verb.last])}" ({told.verb.cls})'
    start, end, quote = inquiry.annotated.raw(told.sentence)
    yield f'  {told.sentence.part} {start}-{end}: "{_short(quote)}"'


def _nearest(inquiry: Inquiry) -> Iterator[str]:
    """The sentences that came nearest to a transfer, with what was known in them."""
    ranked = sorted(inquiry.annotated.sentences, key=lambda s: -len({m.cls for m in s.mentions}))[:3]
    if any(s.mentions for s in ranked):
        yield "nearest sentences"
    for sentence in ranked:
        if sentence.mentions:
            yield f'  "{_short(inquiry.annotated.raw(sentence)[2])}"'
            yield f"    known: {', '.join(_known(sentence))}"


def _known(sentence: Sentence) -> list[str]:
    return [f"{m.cls} '{' '.join(sentence.words[m.first : m.last])}'" for m in sentence.mentions][:12]


def _short(quote: str, longest: int = 160) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"
