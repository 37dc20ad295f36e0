"""Candidates, days and articles -> the named evidence that parsers.model weighs.

Every name is made of the classes of the lexicon and of positions, never of words, so that what is learnt in one
language holds in the others.
"""

from parsers.features.direction import of_direction, other_side
from parsers.features.number import of_number
from parsers.features.scene import Scene, age, party
from parsers.features.whole import of_article, of_day, of_kind

__all__ = ["Scene", "age", "of_article", "of_day", "of_direction", "of_kind", "of_number", "other_side", "party"]
