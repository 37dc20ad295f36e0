"""An article -> a report of exchanges between warring sides, or a rejection that names the gate that stopped it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from core.model import Evidence, Exchange, Figure, Kind, Rejection, Report, Transfer, What
from parsers import claims, rules, timing
from parsers.annotate import THINGS, TRANSFERS, Annotated, Sentence, annotate
from parsers.assemble import Finding, place, settle
from parsers.numbers import Count
from parsers.roles import Reading, Scene, Told, direction, read, transfer_verbs, what_of
from parsers.rules import Language, Rules
from parsers.scoring import THRESHOLD, score
from parsers.sides import choose, home_of

_LEAD = 4


@dataclass(frozen=True, slots=True)
class Detector:
    """The compiled rules at work. Make one with `load` and keep it: it holds nothing of the articles it saw."""

    rules: Rules

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Detector:
        """The packaged rules and an operator's own files. Raises ConfigError with file and key."""
        return cls(rules.load(tuple(extra)))

    @property
    def party_names(self) -> Mapping[str, str]:
        """Party codes to names in English."""
        return {party.code: party.name for party in self.rules.parties.values()}

    def detect(
        self, title: str | None, text: str, published: datetime | date | None, language: str | None = None
    ) -> Report | Rejection:
        """The report that an article makes, or why it makes none. Never raises on text.

        `published` should be in the outlet's timezone: "today" in the text is that day.
        """
        return inquire(self.rules, title, text, published, language).verdict


@dataclass(slots=True)
class Inquiry:
    """One article under the rules: all that was found on the way to the verdict, for `explain`."""

    language: Language
    published: date | None
    annotated: Annotated
    verdict: Report | Rejection
    sides: tuple[str, str] | None = None
    findings: list[Finding] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)


def inquire(
    known: Rules, title: str | None, text: str, published: datetime | date | None, language: str | None
) -> Inquiry:
    """Put an article through the gates, in order: words, sides, news, score."""
    day = published.date() if isinstance(published, datetime) else published
    speech = known.languages[_language(title, text, language, known)]
    annotated = annotate(title, text, speech, day)
    open_verdict = Rejection(speech.code, "words", "no sentence holds both people or bodies and a transfer of them")
    inquiry = Inquiry(speech, day, annotated, open_verdict)
    if not any(_speaks_of_transfer(s) for s in annotated.sentences):
        return inquiry
    inquiry.sides = choose(annotated.sentences, known)
    if inquiry.sides is None:
        inquiry.verdict = Rejection(speech.code, "sides", "no two warring sides are named")
        return inquiry
    inquiry.findings = _findings(inquiry, known)
    inquiry.verdict = _verdict(inquiry, known)
    return inquiry


def _speaks_of_transfer(sentence: Sentence) -> bool:
    return sentence.has("swap") or (sentence.has(*TRANSFERS) and sentence.has(*THINGS, "people", "own", "military"))


def _language(title: str | None, text: str, declared: str | None, known: Rules) -> str:
    """The language whose rules to use: by letters where they tell, else as declared, else English."""
    sample = f"{title or ''} {text[:2000]}".lower()
    ukrainian = sum(sample.count(c) for c in "іїєґ")
    russian = sum(sample.count(c) for c in "ыэъё")
    if ukrainian or russian or any("а" <= c <= "я" for c in sample[:400]):
        code = "uk" if ukrainian > russian else "ru"
        return code if code in known.languages else "en"
    return declared if declared and declared in known.languages and declared not in ("uk", "ru") else "en"


def _findings(inquiry: Inquiry, known: Rules) -> list[Finding]:
    sides, speech = inquiry.sides, inquiry.language
    scene = Scene(sides, _dominant(inquiry.annotated.sentences), home_of(sides, speech.code, known))
    told: list[Told] = []
    before: list[Sentence] = []
    for sentence in _headline_last(inquiry.annotated.sentences):
        scene.voice = claims.voice(sentence, before[-6:])
        scene.looking_back = timing.looks_back(sentence, before[-1] if before else None, scene.looking_back)
        if _worth_reading(sentence, scene):
            told += _new(read(sentence, speech, scene), told)
        before.append(sentence)
    main = _main_day(told, inquiry)
    findings = settle([place(t, speech, inquiry.published, main) for t in told])
    if not any(f.standing == "news" and f.told.count for f in findings):
        findings += _uncounted(inquiry, scene, main)
    return [f if f.day or f.standing != "news" or f.status == "planned" else _dated(f, main) for f in findings]


def _headline_last(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The headline is read after the text, which says in full what a headline shortens."""
    return [s for s in sentences if s.part == "text"] + [s for s in sentences if s.part == "title"]


def _new(fresh: Sequence[Told], told: Sequence[Told]) -> list[Told]:
    """What a headline adds: numbers that the text does not tell."""
    known = {t.count.best for t in told if t.count and (t.receiver or t.mutual)}
    return [t for t in fresh if t.sentence.part == "text" or (t.count and t.count.best not in known)]


def _dated(f: Finding, main: str | None) -> Finding:
    return Finding(f.told, f.standing, f.status, main, f.why)


def _worth_reading(sentence: Sentence, scene: Scene) -> bool:
    if not sentence.counts and not sentence.has("same"):
        return False
    return sentence.has(*TRANSFERS, *THINGS, "pair", "each", "each_before") or sentence.part == "title"


def _dominant(sentences: Iterable[Sentence]) -> What | None:
    """What the article is about where a sentence does not say: bodies or prisoners."""
    dead = living = 0
    for s in sentences:
        weight = (3 if s.part == "title" else 1) * (2 if s.has(*TRANSFERS) else 1)
        dead += weight * len(s.of("body"))
        living += weight * len(s.of("prisoner", "captivity"))
    if dead == living == 0:
        return "persons"
    return "bodies" if dead > living else "prisoners"


def _main_day(told: Sequence[Told], inquiry: Inquiry) -> str | None:
    """The day of the article's own exchange: the first recent one given for a told transfer, else the lead's."""
    published = inquiry.published
    for t in told:
        if timing.is_total(t) or (timing.is_earlier(t) and not t.sentence.days):
            continue
        day = timing.day_of(t, published)
        if day and len(day) == 10 and _recent(day, published) and timing.status_of(t, inquiry.language) != "planned":
            return day
    lead = [s for s in inquiry.annotated.sentences if s.part == "title" or s.number < _LEAD]
    day_in_lead = timing.lead_day([s for s in lead if not s.has("past")])
    return day_in_lead.value if day_in_lead and _recent(day_in_lead.value, published) else None


def _recent(day: str, published: date | None) -> bool:
    return published is None or -1 <= (published - date.fromisoformat(day)).days <= timing.STALE_DAYS


def _uncounted(inquiry: Inquiry, scene: Scene, main: str | None) -> list[Finding]:
    """Transfers told without a number, where no number was told as news: the first sentence for each status."""
    found: list[Finding] = []
    for sentence in inquiry.annotated.sentences:
        if (
            not sentence.has("body", "prisoner", "captivity", "civilian")
            or not sentence.has(*TRANSFERS)
            or sentence.has("exchange_other")
        ):
            continue
        if sentence.has("past", "cumulative", "other_subject"):
            continue
        if sentence.part == "text" and sentence.number >= _LEAD:
            continue
        for t in _told_without_number(sentence, inquiry.language, scene):
            f = place(t, inquiry.language, inquiry.published, main)
            if f.standing == "news" and all(g.status != f.status or g.told.sentence is sentence for g in found):
                found.append(f)
    return found


def _told_without_number(sentence: Sentence, language: Language, scene: Scene) -> list[Told]:
    verbs = transfer_verbs(sentence)
    if not verbs:
        return []
    reading = Reading(sentence, language, scene, verbs)
    things = sentence.of("body", "prisoner", "captivity", "civilian")
    verb = min(verbs, key=lambda v: (v.cls == "swap", min(abs(v.first - t.first) for t in things)))
    here = things[0].first
    people = sentence.of("people", "body", "prisoner", "civilian")
    what = what_of(reading, people)
    if verb.cls == "swap" and scene.sides:
        a, b = scene.sides
        return [
            Told(sentence, None, x, y, what, ("a swap without numbers",), verb, mutual=True)
            for x, y in ((a, b), (b, a))
        ]
    spot = Count(0, None, None, here, here, digits=False)
    giver, receiver, clues, garbled = direction(reading, spot, people, verb)
    return [Told(sentence, None, giver, receiver, what, clues, verb, garbled=garbled)]


# -- the verdict --------------------------------------------------------------------------------------------------


def _verdict(inquiry: Inquiry, known: Rules) -> Report | Rejection:
    news = [f for f in inquiry.findings if f.standing == "news"]
    background = _exchanges(inquiry, [f for f in inquiry.findings if f.standing in ("earlier", "total")], known)
    code = inquiry.language.code
    if not news:
        reason = (
            "figures are told only as background or as parts"
            if inquiry.findings
            else "no transfer between the sides is told"
        )
        return Rejection(code, "news", reason, evidence=_first_evidence(inquiry), background=background)
    inquiry.evidence = _evidence(inquiry, news)
    points = score(inquiry.evidence)
    if points < THRESHOLD:
        reason = f"too little evidence: {'; '.join(inquiry.evidence)}"
        return Rejection(code, "score", reason, points, _evidence_of(inquiry, news[0].told.sentence), background)
    exchanges = _exchanges(inquiry, news, known)
    return Report(code, points, tuple(inquiry.evidence), exchanges, background)


def _first_evidence(inquiry: Inquiry) -> Evidence | None:
    return _evidence_of(inquiry, inquiry.findings[0].told.sentence) if inquiry.findings else None


def _evidence(inquiry: Inquiry, news: Sequence[Finding]) -> list[str]:
    """The names, in parsers.scoring.WEIGHTS, of the evidence that holds."""
    sentences = inquiry.annotated.sentences
    title = [s for s in sentences if s.part == "title"]
    lead = [s for s in sentences if s.part == "text" and s.number < _LEAD]
    both = inquiry.sides is not None and all(_named(sentences, code) for code in inquiry.sides)
    holds = {
        _strongest(news): True,
        "told in the headline": any(s.has(*TRANSFERS) and s.has(*THINGS, "people") for s in title),
        "told in the first sentences": any(f.told.sentence in lead for f in news),
        "both sides named": both,
        "one side is only implied": not both,
        "an official is cited": any(s.has("official") and s.has("says") for s in sentences),
        "a day is given": any(f.day for f in news),
        "a mediator is named": bool(claims.mediators(inquiry.annotated)),
        "the words prisoner, body or captivity beside the transfer": any(
            f.told.sentence.has("body", "prisoner", "captivity") for f in news
        ),
        "another subject in the headline": any(s.has("other_subject") for s in title),
        "another subject at the start": sum(len(s.of("other_subject")) for s in lead) >= 2,
    }
    return [name for name, holding in holds.items() if holding]


def _strongest(news: Sequence[Finding]) -> str:
    counted = [f for f in news if f.told.count]
    if any(f.told.giver and f.told.receiver for f in counted):
        return "a counted transfer with its direction"
    return "a counted transfer" if counted else "a transfer without a number"


def _named(sentences: Iterable[Sentence], code: str) -> bool:
    return any(
        (m.value[0] if m.cls == "official" else m.value) == code
        for s in sentences
        for m in s.of("side", "people", "to", "from", "official")
    )


def _exchanges(inquiry: Inquiry, findings: Sequence[Finding], known: Rules) -> tuple[Exchange, ...]:
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for f in findings:
        groups.setdefault((f.dead, f.status, f.day, f.standing), []).append(f)
    order = sorted(groups.values(), key=lambda g: _rank(g[0]))
    return tuple(_exchange(inquiry, group, known) for group in order)


def _rank(f: Finding) -> tuple[int, bool]:
    return (
        {"postponed": 0, "completed": 1, "planned": 2}[f.status]
        if f.told.count is None
        else {"completed": 0, "postponed": 1, "planned": 2}[f.status],
        f.told.count is None,
    )


def _exchange(inquiry: Inquiry, group: Sequence[Finding], known: Rules) -> Exchange:
    lead = group[0]
    transfers = tuple(_transfer(inquiry, f, known) for f in group)
    flags = ("direction garbled",) if any(f.told.garbled for f in group) else ()
    parties = tuple(dict.fromkeys(p for f in group for p in (f.told.giver, f.told.receiver) if p)) or (
        inquiry.sides or ()
    )
    return Exchange(
        _kind(inquiry, group),
        lead.status,
        lead.day,
        transfers,
        parties,
        claims.mediators(inquiry.annotated),
        claims.sources(inquiry.annotated.sentences),
        _ordinal(inquiry.annotated.sentences),
        lead.standing == "total",
        flags,
    )


def _kind(inquiry: Inquiry, group: Sequence[Finding]) -> Kind:
    if group[0].dead:
        return "remains"
    whats = {f.told.what for f in group}
    civilians = any(f.told.sentence.has("civilian") for f in group) or (
        group[0].standing == "news"
        and any(
            s.has("civilian") and s.has("prisoner", "captivity", "military") and s.number < 6
            for s in inquiry.annotated.sentences
        )
    )
    if whats == {"civilians"} and not any(s.has("prisoner", "captivity") for s in inquiry.annotated.sentences):
        return "civilians"
    return "mixed" if civilians else "prisoners"


def _transfer(inquiry: Inquiry, f: Finding, known: Rules) -> Transfer:
    told = f.told
    figure = None
    at = told.count.first if told.count else 0
    if told.count is not None:
        figure = _figure(inquiry, told)
    index = inquiry.annotated.sentences.index(told.sentence)
    by = claims.claimant(told.sentence, inquiry.annotated.sentences[max(0, index - 3) : index], at, known)
    return Transfer(told.giver, told.receiver, figure, told.what or "persons", by, _evidence_of(inquiry, told.sentence))


def _figure(inquiry: Inquiry, told: Told) -> Figure | None:
    count, sentence = told.count, told.sentence
    if count is None:
        return None
    source = inquiry.annotated.title if sentence.part == "title" else inquiry.annotated.text
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


def _evidence_of(inquiry: Inquiry, sentence: Sentence) -> Evidence:
    start, end, quote = inquiry.annotated.raw(sentence)
    return Evidence(start, end, quote, sentence.part)


def _ordinal(sentences: Iterable[Sentence]) -> int | None:
    """The exchange's ordinal: "the 68th exchange"."""
    for s in sentences:
        for m in s.of("exchange_ordinal"):
            window = s.words[max(0, m.first - 4) : m.first]
            for i, word in enumerate(window[:-1]):
                if (
                    word.isdigit()
                    and 1 < int(word[:4]) < 500
                    and not window[i + 1][0].isdigit()
                    and (window[i + 1] in ("-", "th", "st", "nd", "rd"))
                ):
                    return int(word)
    return None
