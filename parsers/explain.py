"""An article -> the evidence that was weighed, as an indented tree: what was found and why, or what stopped it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from core.model import Report
from parsers import model
from parsers.annotate import Sentence
from parsers.detect import Detector, Inquiry, inquire
from parsers.findings import Finding
from parsers.wording import heard_most

_GATES = ("words", "sides", "score", "news")
_HEADINGS = (("news", "news"), ("background", "background"), ("neither", "other numbers"))
_MOST = 6


def explain(
    detector: Detector, title: str | None, text: str, published: datetime | date | None, language: str | None = None
) -> str:
    """The tree in words, one line a piece of evidence. `published` as for Detector.detect; never raises on text."""
    inquiry = inquire(detector, title, text, published, language)
    names = detector.party_names
    lines = [f"language {inquiry.language.code}"]
    if inquiry.sides:
        lines.append(f"sides {' and '.join(names.get(code, code) for code in inquiry.sides)}")
    lines += _verdict(inquiry, detector)
    for standing, heading in _HEADINGS:
        found = [f for f in inquiry.findings if f.standing == standing]
        if found:
            lines.append(heading)
            for finding in found:
                lines += [f"  {line}" for line in _finding(inquiry, detector, finding)]
    if not inquiry.findings:
        lines += _nearest(inquiry)
    return "\n".join(lines)


def _verdict(inquiry: Inquiry, detector: Detector) -> Iterator[str]:
    verdict = inquiry.verdict
    if isinstance(verdict, Report):
        yield f"report, score {verdict.score:.2f} (a report from {model.REPORT:.2f} on)"
        for exchange in verdict.exchanges:
            flags = f", {', '.join(exchange.flags)}" if exchange.flags else ""
            yield f"  {exchange.kind}, {exchange.status}, {exchange.date or 'no day told'}{flags}"
    else:
        passed = ", ".join(_GATES[: _GATES.index(verdict.gate)]) or "none"
        yield f"no report: stopped at the gate '{verdict.gate}' (passed: {passed}): {verdict.reason}"
        if verdict.evidence is not None:
            where = verdict.evidence
            yield f'  where: characters {where.start}-{where.end}: "{_short(where.quote)}"'
    if inquiry.names:
        yield "  evidence of the whole article"
        for weight, name in detector.models["relevance"].reasons("report", inquiry.names, 2 * _MOST):
            yield f"    {weight:+.2f}  {name}"
        yield from _worded(inquiry, detector)
        yield "  evidence of its numbers, beside its words"
        for weight, name in detector.models["report"].reasons("report", inquiry.numbers, _MOST):
            yield f"    {weight:+.2f}  {name}"
        yield from _read(inquiry, detector)
    for choice in inquiry.days[:3]:
        read = f", read by the encoder {inquiry.read.days.get(choice.value, 0):.2f}" if inquiry.read else ""
        yield f"  day {choice.value}: {choice.probability:.2f}{read}"


def _worded(inquiry: Inquiry, detector: Detector) -> Iterator[str]:
    """What a second look at the wording says, and the sentences that it hears most."""
    if inquiry.worded is not None:
        yield f"  worded like a report: {inquiry.worded:.2f}"
        yield from _heard(inquiry, detector.wording.sum, 12)


def _read(inquiry: Inquiry, detector: Detector) -> Iterator[str]:
    """What the encoder makes of an article, with the sentences that it hears most; and of its status."""
    asked, sides = detector.encoder(inquiry.language.code), inquiry.sides
    if inquiry.read is None or asked is None or sides is None:
        return
    evidence = detector.models["report"].probabilities(inquiry.numbers)["report"]
    yield f"  by this evidence a report as likely as {evidence:.2f}: the encoder is asked"
    yield f"  {inquiry.read.report:+.2f}  read by the encoder"
    day, language = inquiry.published, inquiry.language.code
    yield from _heard(inquiry, lambda told: asked.ask(told, sides, day, (), language).report, 6)
    statuses = detector.models["status"].sums(inquiry.names)
    for status, read in inquiry.read.status.items():
        yield f"  {status}: {statuses[status]:+.2f} by the evidence, {read:+.2f} read by the encoder"


def _heard(inquiry: Inquiry, ask: Callable[[Sequence[Sentence]], float], first: int) -> Iterator[str]:
    for weight, sentence in heard_most(ask, inquiry.annotated.sentences, first):
        yield f'    {weight:+.2f}  "{_short(inquiry.annotated.raw(sentence)[2], 80)}"'


def _number_read(inquiry: Inquiry, f: Finding) -> Iterator[str]:
    """What the encoder makes of a number, if it was asked."""
    heard = inquiry.read.numbers.get(f.value) if inquiry.read else None
    if heard is not None and inquiry.sides is not None:
        one, two = inquiry.sides
        ways = f"{heard.to_first:+.2f} to {one}, {heard.to_second:+.2f} to {two}"
        yield f"  read by the encoder: {heard.news:+.2f} news, {ways}, {heard.background:+.2f} background"


def _finding(inquiry: Inquiry, detector: Detector, f: Finding) -> Iterator[str]:
    what = "numbers of no exchange" if f.standing == "neither" else f.what
    ends = ", ".join(f"{giver or '?'} -> {receiver or '?'}" for giver, receiver in f.ends)
    status = {"news": f", {ends}, {f.status}", "background": f", {ends}"}.get(f.standing, "")
    yield f"{f.value} {what}{status}: news {f.probability:.2f} (news from {f.least:.2f} on)"
    yield from _number_read(inquiry, f)
    told = next(j for j in f.told if j.candidate is f.candidate)
    answer = "news" if f.standing == "news" else f.standing
    for weight, name in detector.models["number"].reasons(answer, told.names, _MOST):
        yield f"  {weight:+.2f}  {name}"
    for weight, name in detector.models["transfer"].reasons("news", f.beside, _MOST):
        yield f"  {weight:+.2f}  beside the others: {name}"
    if f.standing != "neither":
        weights = detector.models["direction"].answers["receives"]
        clues = sorted({(round(weights.get(name, 0.0), 2), name, who) for name, who in told.clues}, key=_weightiest)
        for weight, name, who in clues[:_MOST]:
            yield f"  {weight:+.2f}  to {who}: {name}"
    sentence = f.candidate.sentence
    verb = f.candidate.verb
    if verb is not None:
        yield f'  verb "{" ".join(sentence.words[verb.first : verb.last])}" ({verb.cls})'
    start, end, quote = inquiry.annotated.raw(sentence)
    yield f'  {sentence.part} {start}-{end}: "{_short(quote)}"'


def _weightiest(clue: tuple[float, str, str]) -> tuple[float, str]:
    return -abs(clue[0]), clue[1]


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
