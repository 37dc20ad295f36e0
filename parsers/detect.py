"""An article -> a report of exchanges between warring sides, or a rejection that names the gate that stopped it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from core.model import Evidence, Rejection, Report, Status
from parsers import encoder, features, model, report, rules, timing, wording
from parsers.annotate import EXCHANGES, THINGS, TRANSFERS, Annotated, Sentence, annotate, may_mention, readable
from parsers.assemble import Models, findings, judge, rivals_of, told_numbers, without_number
from parsers.candidates import candidates
from parsers.encoder import Answer, Encoder
from parsers.features import Scene
from parsers.features.report import of_report
from parsers.features.transfer import Told
from parsers.findings import Finding, Judged
from parsers.language import language_of
from parsers.rules import Language, Rules
from parsers.sides import choose, home_of
from parsers.wording import Wording

# The sum of evidence from which on an article is read by the encoder.
_ASKED = model.odds(encoder.ASKED)
# So many reasons are stored with a report; `explain` prints all.
_REASONS = 6
# Publication years that can be meant.
_YEARS = (1900, 2200)
_CAPTIVE_OR_FALLEN = (*THINGS, "dead", "own", "military", "wounded")
_MOVES = (*TRANSFERS, "move")
# Of each of these an article must have a term before anything else is looked at; where a war is understood, an exchange
# does for a party.
_NAMED = frozenset(("side=", "people=", "own=", "to=", "from=", "official=", "state=", "national="))
_NEEDED = (
    frozenset(_MOVES),
    frozenset((*THINGS, "dead", "people=", "own", "own=", "military", "person", *EXCHANGES)),
)


@dataclass(frozen=True, slots=True)
class Detector:
    """The compiled rules at work. Make one with `load` and keep it: it holds nothing of the articles it saw.

    Without an encoder, and in languages that it does not read, articles are judged by their evidence alone.
    """

    rules: Rules
    models: Models
    wording: Wording
    reader: Encoder | None = None

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Detector:
        """The packaged rules and weights, and an operator's own files. Raises ConfigError with file and key."""
        return cls(rules.load(tuple(extra)), model.load(), wording.load(), encoder.load())

    def by_evidence(self) -> Detector:
        """The same without its encoder: judged by the evidence alone, much quicker for what may be a report."""
        return replace(self, reader=None)

    def encoder(self, language: str) -> Encoder | None:
        """What reads articles in a language as a whole, if anything does."""
        return self.reader if language in encoder.languages() else None

    def reading_time(self, language: str) -> float:
        """About how long (s) an encoder takes to read an article in a language; nothing where none is asked."""
        reader = self.encoder(language)
        return reader.SECONDS if reader is not None else 0.0

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
        return inquire(self, title, text, published, language).verdict


@dataclass(slots=True)
class Inquiry:
    """One article under the rules: all that was found on the way to the verdict, for `explain`."""

    language: Language
    published: date | None
    annotated: Annotated
    verdict: Report | Rejection
    scene: Scene | None = None
    judged: list[Judged] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    worded: float | None = None
    read: Answer | None = None
    status: Status = "completed"
    days: list[timing.DayChoice] = field(default_factory=list)

    @property
    def sides(self) -> tuple[str, str] | None:
        """The two parties that the article is about."""
        return self.scene.sides if self.scene else None


def inquire(
    detector: Detector, title: str | None, text: str, published: datetime | date | None, language: str | None
) -> Inquiry:
    """Put an article through the gates, in order: words, sides, news, score."""
    known, models = detector.rules, detector.models
    day = published.date() if isinstance(published, datetime) else published
    # A year 1 or 9999 is a mistake of the page, and no day can be reckoned from it.
    day = day if day is not None and _YEARS[0] <= day.year <= _YEARS[1] else None
    speech = known.languages[_language(title, text, language, known)]
    closed = Rejection(speech.code, "words", "no people or bodies are named together with a transfer of them")
    head, body = readable(title, text)
    named = _NAMED.union(EXCHANGES) if speech.code in known.understood else _NAMED
    if not may_mention(head, body, speech, (*_NEEDED, named)):
        return Inquiry(speech, day, Annotated(head, body, []), closed)
    annotated = annotate(head, body, speech, day)
    inquiry = Inquiry(speech, day, annotated, closed)
    if not _speaks_of_transfer(annotated.sentences):
        return inquiry
    inquiry.scene = scene_of(annotated, speech, day, known)
    if inquiry.sides is None:
        inquiry.verdict = Rejection(speech.code, "sides", "no two warring sides are named")
        return inquiry
    inquiry.names = features.of_article(inquiry.scene)
    words = models["relevance"].sums(inquiry.names)["report"]
    if words > wording.ASKED:
        inquiry.worded = detector.wording.chance(annotated.sentences)
    numbers = _weigh(inquiry, models, words, timing.status_of(inquiry.names, models))
    reader = detector.encoder(speech.code)
    if reader is not None and _evidence(inquiry, models) > _ASKED:
        inquiry.read = reader.ask(annotated.sentences, inquiry.sides, day, inquiry.scene.candidates, speech.code)
        numbers = _weigh(inquiry, models, words, timing.status_of(inquiry.names, models, inquiry.read.status))
    score = _score(inquiry, models)
    heard = inquiry.read.numbers if inquiry.read else {}
    inquiry.findings = findings(numbers, inquiry.scene, models, inquiry.status, model.logistic(words), score, heard)
    inquiry.verdict = _verdict(inquiry, detector, score)
    return inquiry


def _weigh(inquiry: Inquiry, models: Models, words: float, status: Status) -> list[Told]:
    """An article's days and numbers, as those of an exchange of some status; `words` is the sum of its own words."""
    scene = inquiry.scene
    if scene is None:
        return []
    inquiry.status = status
    inquiry.days = timing.choose_days(scene, models, status, inquiry.read.days if inquiry.read else None)
    scene.main_day = timing.main_day(inquiry.days)
    inquiry.judged = judge(scene, models)
    numbers = told_numbers(inquiry.judged)
    inquiry.numbers = of_report(rivals_of(numbers), scene, words, inquiry.worded, status)
    return numbers


def _evidence(inquiry: Inquiry, models: Models) -> float:
    """How much speaks for a report without the encoder: the logarithm of the odds."""
    return models["report"].sums(inquiry.numbers)["report"]


def _score(inquiry: Inquiry, models: Models) -> float:
    """How likely an article is a report by its evidence, and by the encoder's word where that was asked."""
    return model.logistic(_evidence(inquiry, models) + (inquiry.read.report if inquiry.read else 0.0))


def may_tell(scene: Scene) -> bool:
    """Whether an article passes the gates before the score."""
    return scene.sides is not None and _speaks_of_transfer(scene.sentences)


def scene_of(annotated: Annotated, speech: Language, published: date | None, known: Rules) -> Scene:
    """An article's sides, candidates and home, ready to be weighed."""
    sides = choose(annotated.sentences, known, speech.code)
    home = home_of(sides, speech.code, known)
    numbers = candidates(annotated.sentences, speech)
    return Scene(annotated.sentences, numbers, sides, published, speech, home)


def _speaks_of_transfer(sentences: Sequence[Sentence]) -> bool:
    """Whether people, bodies or an exchange of so many are named, and a transfer of somebody, if elsewhere."""
    named = any(
        s.has(*_CAPTIVE_OR_FALLEN)
        or (s.has("person", "people") and s.has("swap", "free", "return", "retrieve"))
        or (s.counts and s.has(*EXCHANGES))
        for s in sentences
    )
    return named and any(s.has(*_MOVES) for s in sentences)


def _language(title: str | None, text: str, declared: str | None, known: Rules) -> str:
    """The language whose rules to use: by letters, else as declared, else the likeliest, else English."""
    sample = f"{title or ''} {text[:2000]}".lower()
    ukrainian = sum(sample.count(c) for c in "іїєґ")
    russian = sum(sample.count(c) for c in "ыэъё")
    if ukrainian or russian or any("а" <= c <= "я" for c in sample[:400]):
        code = "uk" if ukrainian > russian else "ru"
        return code if code in known.languages else "en"
    if declared is None:
        declared = language_of(sample)
    return declared if declared and declared in known.languages and declared not in ("uk", "ru") else "en"


def _verdict(inquiry: Inquiry, detector: Detector, chance: float) -> Report | Rejection:
    annotated, known, code = inquiry.annotated, detector.rules, inquiry.language.code
    backdrop = report.background(annotated, [f for f in inquiry.findings if f.standing == "background"], known)
    score = round(chance, 3)
    if chance < model.REPORT:
        against = detector.models["relevance"].reasons("report", inquiry.names)
        reason = "; ".join([*_read_as(inquiry, encoder.AGAINST), f"too little evidence: {_named(against)}"])
        return Rejection(code, "score", reason, score, _first_evidence(inquiry), backdrop)
    news = _news(inquiry, detector.models, chance)
    if not news:
        reason = "figures are told only as background or as parts" if inquiry.findings else "no transfer is told"
        return Rejection(code, "news", reason, score, _first_evidence(inquiry), backdrop)
    weighed = detector.models["relevance"].reasons("report", inquiry.names, _REASONS)
    reasons = (*_read_as(inquiry, encoder.FOR), *(name for _, name in weighed))
    return Report(code, score, reasons, report.news(annotated, news, known), backdrop)


def _named(reasons: Sequence[tuple[float, str]]) -> str:
    return "; ".join(name for _, name in reasons)


def _read_as(inquiry: Inquiry, what: str) -> list[str]:
    """The encoder's answer as a reason for the verdict, where it speaks for it."""
    told = inquiry.read is not None and (inquiry.read.report > 0) == (what == encoder.FOR)
    return [what] if told else []


def _news(inquiry: Inquiry, models: Models, score: float) -> list[Finding]:
    """What is told as news, each with its day; what has the article's own status first."""
    scene = inquiry.scene
    if scene is None:
        return []
    found = [f for f in inquiry.findings if f.standing == "news"] or without_number(
        scene, models, inquiry.status, score
    )
    if not any(f.status == inquiry.status for f in found):
        found = [replace(f, status=inquiry.status) for f in found]
    dated = [
        replace(f, day=timing.day_for(f.candidate, f.status, inquiry.status, inquiry.days, scene, models))
        for f in found
    ]
    return sorted(dated, key=lambda f: f.status != inquiry.status)


def _first_evidence(inquiry: Inquiry) -> Evidence | None:
    if not inquiry.findings:
        return None
    return report.evidence_of(inquiry.annotated, inquiry.findings[0].candidate.sentence)
