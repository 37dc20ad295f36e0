"""An article whose numbers have been judged -> the named evidence on whether it reports an exchange after all.

The words of an article say whether it may be a report; the numbers say whether a transfer is really told in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parsers.candidates import unnumbered
from parsers.features.facing import counted
from parsers.features.scene import Scene, steps
from parsers.features.transfer import CHANCES, Told, over

_LIKELY = 0.3
_SUMS = (-4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
_EXPECTED = (0.1, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0)


def of_report(rivals: Sequence[Told], scene: Scene, words: float, worded: float | None, status: str) -> set[str]:
    """The evidence of the numbers that may be news; `words` is the summed weight of the article's own evidence.

    `worded` is how likely it is worded like a report, where that was asked.
    """
    ranked = sorted(rivals, key=lambda told: -told.chances["news"])
    found = {
        *over("words", words, _SUMS),
        *over("expected figures", sum(told.chances["news"] for told in ranked), _EXPECTED),
        *over("the likeliest figure", ranked[0].chances["news"] if ranked else 0.0, CHANCES),
        *over("background at most", max((told.chances["background"] for told in ranked), default=0.0), CHANCES),
        f"{min(sum(told.chances['news'] > _LIKELY for told in ranked), 3)} likely figures",
        f"{steps(len(rivals))} numbers in question",
        f"article {status}",
    }
    if worded is not None:
        found.update(over("worded like a report", worded, CHANCES))
    if ranked:
        found.update(_of_likeliest(ranked[0], scene))
    plain = unnumbered(scene.sentences, scene.language)
    found.add(f"told without a number {min(len(plain), 3)} times")
    if plain and plain[0].sentence.part == "title":
        found.add("told without a number in the headline")
    return found


def _of_likeliest(told: Told, scene: Scene) -> Iterable[str]:
    c = told.best.candidate
    likely = "likely" if told.chances["news"] > _LIKELY else "unlikely"
    heads = any(j.candidate.sentence.part == "title" for j in told.places)
    yield f"{likely} figure counts {counted(c)}"
    yield f"{likely} figure in sentence {steps(c.sentence.number)}"
    yield f"{likely} figure {'in the headline' if heads else 'in the text alone'}"
    yield f"{likely} figure, verb {c.verb.cls if c.verb else 'none'}"
    yield f"{likely} figure told {min(len(told.places), 3)} times"
    yield f"{likely} figure of {'the dead' if told.dead else 'the living'}"
    yield from over("likeliest figure one way", abs(told.towards), (0.5, 1.0, 2.0, 4.0))
    yield from over("likeliest figure in its best place", told.best.chances["news"], CHANCES)
