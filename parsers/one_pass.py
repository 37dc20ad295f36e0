"""A page's bytes (UTF-8) -> its words in one pass over the bytes, compiled by numba (an extra).

It does what `Letters.of_page` does, for all that pages usually hold, and says so where there is anything else: bytes
that are not UTF-8, letters of two scripts in one word. Words with tags inside are told twice, apart and joined: after
a page's words stand these again, joined, with as many words around each as a term may have.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from parsers.entities import LONGEST_NAME, MARKS, Numbers, composed, entities, packed
from parsers.letters import INLINE_NAMES, Letters

Bytes = NDArray[np.uint8]
Eights = NDArray[np.uint64]
_Function = TypeVar("_Function", bound=Callable[..., Any])

_DROPPED, _SPACE, _LINE_END = 0, 0x20, 0x0A
_LT, _GT, _SLASH, _AMP, _BACKSLASH = 0x3C, 0x3E, 0x2F, 0x26, 0x5C
_BANG, _QUESTION, _HASH, _SEMICOLON, _HYPHEN = 0x21, 0x3F, 0x23, 0x3B, 0x2D
_NONE, _ONE, _THREE = np.uint64(0), np.uint64(1), np.uint64(3)
_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_LTS, _GTS = np.uint64(_LT) * _ONES, np.uint64(_GT) * _ONES
_UNSURE = -1
_MOST_CUTS = 4_096
_FLAGS = 0x1F1E6
_HALF_FLAGS = 0xDDE6


# What no page's word is spelled with stands for what is more than a letter: 1 to 4, and 5 to 30 for those of flags.
_MARK, _DOTTED, _FIRST_FLAG = 1, 2, 5
_STRESS = 0x301


_TABLES = (packed(dict.fromkeys(INLINE_NAMES, " "))[0], *entities(closed=True), *entities(closed=False), *composed())
_SIGNS = tuple(np.frombuffer(each, np.uint8) for each in (b"<script", b"</script", b"<style", b"</style", b"json"))


# Nothing is allocated here: to count references to the arrays, atomically at every tag, took a third of the time.
# Numba's own name for that is not public, and not typed.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def _compiled(function: _Function) -> _Function:
    told: _Function = njit(cache=True, **_UNCOUNTED)(function)
    return told


def _inline(function: _Function) -> _Function:
    """What is called for every tag stands inline: an array as an argument is seven numbers."""
    told: _Function = njit(cache=True, inline="always", **_UNCOUNTED)(function)
    return told


@_inline
def _next(page: Bytes, eights: Eights, wanted: np.uint64, start: int) -> int:
    """Where a byte stands next (`wanted` holds it eight times); the end of the page where it does not.

    Eight bytes are looked at together. One of them is zero after the exclusive or, which a subtraction tells; its
    place is told by counting the bytes below (Warren, Hacker's Delight, 6-1 and 5-1).
    """
    eight, last = np.uint64(start) >> _THREE, np.uint64(eights.size)
    if eight < last:
        # What stands before the start is filled with ones: it is not the byte.
        differs = (eights[eight] ^ wanted) | ((_ONE << np.uint64(8 * (start & 7))) - _ONE)
        zeros = (differs - _ONES) & ~differs & _HIGHS
        while zeros == _NONE and eight + _ONE < last:
            eight += _ONE
            differs = eights[eight] ^ wanted
            zeros = (differs - _ONES) & ~differs & _HIGHS
        if zeros != _NONE:
            lowest = zeros & (~zeros + _ONE)
            return int(np.int64((eight << _THREE) + ((((lowest - _ONE) & _ONES) * _ONES) >> np.uint64(56)) - _ONE))
    i = max(start, eights.size << 3)
    while i < page.size and page[i] != wanted & np.uint64(0xFF):
        i += 1
    return i


@_inline
def _stands(page: Bytes, what: Bytes, at: int) -> bool:
    """Whether some bytes stand here."""
    if at + what.size > page.size:
        return False
    for k in range(what.size):  # noqa: SIM110 (numba compiles no generators)
        if page[at + k] != what[k]:
            return False
    return True


@_inline
def _is_letter(byte: int) -> bool:
    return 0x61 <= byte <= 0x7A or 0x41 <= byte <= 0x5A


@_inline
def _name(page: Bytes, at: int) -> tuple[int, int]:
    """The letters and digits from a place on as a number, in small letters, and where they end; 0 for too many."""
    name, k = 0, at
    while k < page.size and (_is_letter(page[k]) or 0x30 <= page[k] <= 0x39):
        name = (name << 8) | (page[k] | 0x20)
        k += 1
    return (name if k - at <= LONGEST_NAME else 0), k


@_inline
def _place(name: int, names: Numbers) -> int:
    """Where a number stands among these, which are in order; -1 where it does not."""
    low, high = 0, names.size
    while low < high:
        middle = (low + high) >> 1
        if names[middle] < name:
            low = middle + 1
        else:
            high = middle
    return low if low < names.size and names[low] == name else -1


@_compiled
def _hex(page: Bytes, at: int) -> int:
    """Four hexadecimal digits as a number; -1 where there are none."""
    if at + 4 > page.size:
        return -1
    value = 0
    for k in range(at, at + 4):
        digit = page[k]
        if 0x30 <= digit <= 0x39:
            value = value * 16 + digit - 0x30
        elif 0x61 <= (digit | 0x20) <= 0x66:
            value = value * 16 + (digit | 0x20) - 0x57
        else:
            return -1
    return value


@_compiled
def _decoded(page: Bytes, at: int) -> tuple[int, int]:
    """The character that begins here and how many bytes it has; 0 bytes where these are not UTF-8."""
    lead, left = page[at], page.size - at
    if 0xC2 <= lead <= 0xDF and left > 1:
        size, code = 2, lead & 0x1F
    elif 0xE0 <= lead <= 0xEF and left > 2:
        size, code = 3, lead & 0x0F
    elif 0xF0 <= lead <= 0xF4 and left > 3:
        size, code = 4, lead & 0x07
    else:
        return 0, 0
    for k in range(at + 1, at + size):
        if page[k] & 0xC0 != 0x80:
            return 0, 0
        code = (code << 6) | (page[k] & 0x3F)
    if (size == 3 and (code < 0x800 or 0xD800 <= code <= 0xDFFF)) or (size == 4 and not 0x10000 <= code <= 0x10FFFF):
        return 0, 0
    return code, size


@_compiled
def _numbered(page: Bytes, at: int) -> tuple[int, int]:
    """The character whose number stands here, as in "#252;" or "#xfc;", and where that ends; -1: not certain."""
    k, base = at + 1, 10
    if k < page.size and page[k] | 0x20 == 0x78:
        k, base = k + 1, 16
    code, begin = 0, k
    while k < page.size and code <= 0x10FFFF:
        digit = page[k] - 0x30 if page[k] <= 0x39 else (page[k] | 0x20) - 0x57
        if not (0 <= digit < base) or (digit < 10) != (0x30 <= page[k] <= 0x39):
            break
        code = code * base + digit
        k += 1
    if k == begin:
        return _SPACE, at
    if 0x80 <= code <= 0x9F:  # in Windows' sense, as browsers take them
        return _UNSURE, at
    return (code if 0 < code <= 0x10FFFF else _SPACE), k + (k < page.size and page[k] == _SEMICOLON)


@_compiled
def _entity(
    page: Bytes,
    start: int,
    names: Numbers,
    codes: Numbers,
    beginnings: Numbers,
    begun: Numbers,
) -> tuple[int, int]:
    """The character that an ampersand stands for with what follows, and where to go on; -1: not certain."""
    at = start
    name, after = _name(page, at)
    while name == 0x616D70 and after < page.size and page[after] == _SEMICOLON:
        at = after + 1
        name, after = _name(page, at)
    if at < page.size and page[at] == _HASH:
        return _numbered(page, at)
    if after < page.size and page[after] == _SEMICOLON:
        place = _place(name, names)
        if place >= 0:
            return codes[place], after + 1
    code, ends, beginning = _SPACE, at, 0
    for k in range(at, min(after, at + LONGEST_NAME)):
        beginning = (beginning << 8) | (page[k] | 0x20)
        place = _place(beginning, beginnings)
        if place >= 0:
            code, ends = begun[place], k + 1
    return code, ends


@_compiled
def _script(
    page: Bytes, eights: Eights, at: int, closes: int, begin: Bytes, end: Bytes, json: Bytes
) -> tuple[int, bool]:
    """Where the script or style that begins here ends (-1: nobody knows), and whether its content may be an article.

    `closes` is where the next ">" stands.
    """
    stays = False
    stop = _next(page, eights, _LTS, at + 1)
    while stop < page.size and not _stands(page, end, stop):
        stays = stays or _stands(page, begin, stop)
        stop = _next(page, eights, _LTS, stop + 1)
    if stop >= page.size:
        return -1, False
    opened = min(closes, stop)
    stays = stays or page[opened - 1] == _SLASH
    for k in range(at, opened - json.size):
        stays = stays or (page[k] == json[0] and _stands(page, json, k))
    return stop, stays


@_inline
def _tag(
    page: Bytes,
    eights: Eights,
    at: int,
    end: int,
    in_word: bool,
    inline: Numbers,
    begin_script: Bytes,
    begin_style: Bytes,
) -> tuple[int, bool]:
    """Where the tag that begins here ends, and whether a word may go on after it; `at` itself where none begins.

    `end` is where the next ">" stands. What the attributes of <meta> say may be an article's words: it counts as none.
    A comment ends where a script begins.
    """
    following = page[at + 1] if at + 1 < page.size else _SPACE
    closes = following == _SLASH
    begins = page[at + 2] if closes and at + 2 < page.size else following
    if not (begins in (_BANG, _QUESTION) or _is_letter(begins)):
        return at, False
    name, is_name = 0, False
    if in_word or following | 0x20 == 0x6D:
        name, after = _name(page, at + 2 if closes else at + 1)
        is_name = after >= page.size or page[after] != 0x5F
        if name == 0x6D657461 and is_name and not closes:
            return at, False
    if following == _BANG and at + 3 < page.size and page[at + 2] == _HYPHEN and page[at + 3] == _HYPHEN:
        opens = _next(page, eights, _LTS, at + 4)
        is_script = opens < end and (_stands(page, begin_script, opens) or _stands(page, begin_style, opens))
        if in_word and (is_script or page[end - 1] != _HYPHEN or page[end - 2] != _HYPHEN):
            return _UNSURE, False  # the word may go on after the comment, which ends further on
        return (opens if is_script else end + 1), in_word
    return end + 1, in_word and is_name and _place(name, inline) >= 0


@_compiled
def _joined(found: Bytes, filled: int, cuts: Numbers, around: int) -> int:
    """Put words after the others without the spaces that stand for tags inside, and those around them; where it ends.

    No word comes twice: what is around two of these words is told once.
    """
    done, ends, n = 0, filled, 0
    while n < cuts.size:
        i, left = cuts[n], around
        while i > done and left >= 0:
            i -= 1
            left -= found[i] == _SPACE
        i += left < 0
        left = around
        while i < filled and left >= 0:
            if n < cuts.size and i == cuts[n]:
                n += 1
                left = around
            else:
                found[ends] = found[i]
                ends += 1
                left -= found[i] == _SPACE
            i += 1
        done = i
    return ends


@_compiled
def words(  # noqa: PLR0911, PLR0912, PLR0915 (one pass with its state at hand is what makes it quick)
    page: Bytes,
    eights: Eights,
    letters: Bytes,
    plain: Bytes,
    scripts: Bytes,
    inline: Numbers,
    names: Numbers,
    codes: Numbers,
    beginnings: Numbers,
    begun: Numbers,
    pairs: Numbers,
    composed: Numbers,
    marks: tuple[Bytes, ...],
    around: int,
    found: Bytes,
    cuts: Numbers,
) -> int:
    """Fill `found` with a page's words, and those with tags inside joined, `around` words on either side; its length.

    -1 where it cannot be sure. `cuts` has room for the spaces that stand for tags inside words. `letters` tells the
    byte of each character below U+10000: a space for no letter, 0 for nothing at all, other small numbers for what is
    more than one; `plain` tells the same of each byte that is always its own letter or a space, and 0 of the others;
    `scripts` tells which of these bytes may not stand beside each other in a word.
    """
    begin_script, end_script, begin_style, end_style, json = marks
    size = page.size
    found[0] = _SPACE
    filled, cut = 1, 0
    i = sure_until = 0
    scripts_end = spaced = True
    closes = 0  # where the next ">" stands, once it was looked for: to look from each "<" anew would take the square
    inside = False  # a word, but for tags that may stand there
    script, last = scripts[_SPACE], 0
    while i < size:
        byte = page[i]
        if byte < 0x80 and byte not in (_LT, _AMP, _BACKSLASH):
            letter, code = letters[byte], byte
            i += 1
        elif 0xD0 <= byte <= 0xD3 and i + 1 < size and page[i + 1] & 0xC0 == 0x80:  # Cyrillic
            code = ((byte & 0x1F) << 6) | (page[i + 1] & 0x3F)
            letter = letters[code]
            i += 2
        else:
            code = _SPACE
            if byte == _LT:
                if closes < i + 2:
                    closes = _next(page, eights, _GTS, i + 2)
                if i >= sure_until and scripts_end and i + 6 < size and page[i + 1] == begin_script[1]:
                    begin, end = begin_script, end_script
                    if page[i + 2] == begin_style[2]:
                        begin, end = begin_style, end_style
                    if _stands(page, begin, i):
                        stop, stays = _script(page, eights, i, closes, begin, end, json)
                        if stop < 0:
                            scripts_end = False
                        elif stays:
                            sure_until = stop
                        else:
                            i = stop
                            continue
                tag_ends, is_inline = i, False
                if closes < size:
                    in_word = inside or not spaced
                    tag_ends, is_inline = _tag(page, eights, i, closes, in_word, inline, begin_script, begin_style)
                if tag_ends < 0:
                    return _UNSURE
                if tag_ends > i:
                    i = tag_ends
                    inside = is_inline
                    last = 0
                    if not spaced:
                        found[filled] = _SPACE
                        filled += 1
                        spaced = True
                    continue
                i += 1
            elif byte == _BACKSLASH:
                following = page[i + 1] if i + 1 < size else _SPACE
                if following == 0x75 and _hex(page, i + 2) >= 0:
                    code = _hex(page, i + 2)
                    i += 6
                else:  # a line end, a tab, a stroke, or nothing that is known
                    i += 2 if following in (0x6E, 0x72, 0x74, 0x62, 0x66, _SLASH) else 1
            elif byte == _AMP:
                code = _AMP
                i += 1
            else:
                code, wide = _decoded(page, i)
                if wide == 0:
                    return _UNSURE
                i += wide
            if code == _AMP:
                code, i = _entity(page, i, names, codes, beginnings, begun)
                if code < 0:
                    return _UNSURE
            if code < 0x10000:
                letter = letters[code]
            else:
                letter = letters[code - _FLAGS + _HALF_FLAGS] if _FLAGS <= code < _FLAGS + 26 else _SPACE
            if letter == _DROPPED:
                last = 0
                continue
            if letter == _MARK:
                place = _place((last << 16) | code, pairs)
                if place < 0:
                    last = 0
                    if code == _STRESS:
                        continue
                    letter = _SPACE
                else:
                    code = composed[place]
                    letter = letters[code]
                    if letter < _SPACE:
                        return _UNSURE
                    filled -= 1
                    spaced = found[filled - 1] == _SPACE
                    script = scripts[found[filled - 1]]
            elif letter == _DOTTED:
                found[filled] = 0x69
                filled += 1
                spaced = False
                letter = _SPACE
            elif letter < _SPACE:
                for written in (_SPACE, 0x71, 0x71, 0x61 + letter - _FIRST_FLAG):
                    if written != _SPACE or not spaced:
                        found[filled] = written
                        filled += 1
                spaced = False
                letter = _SPACE
        if letter == _SPACE:
            inside = False
            last = 0
            if not spaced:
                found[filled] = _SPACE
                filled += 1
                spaced = True
            while i < size and (page[i] == _SPACE or page[i] == _LINE_END):
                i += 1
            continue
        if not spaced or inside:
            if script + scripts[letter] == 3:
                return _UNSURE
            if inside:
                if cut == cuts.size:
                    return _UNSURE
                cuts[cut] = filled - 1
                cut += 1
                inside = False
        script, last = scripts[letter], code
        found[filled] = letter
        filled += 1
        spaced = False
        if script < 2:
            # Plain words follow, most of a page: no branch depends on where they end, which cannot be foretold, and
            # places are unsigned, for which numba makes no test whether they are counted from the end.
            k, until, filling, space = np.uint64(i), np.uint64(size), np.uint64(filled), _NONE
            while k < until and plain[page[k]] != _DROPPED:
                letter = plain[page[k]]
                found[filling] = letter
                after_space, space = space, np.uint64(letter == _SPACE)
                filling += _ONE - (after_space & space)
                k += _ONE
            if filling > np.uint64(filled):
                i, filled = int(np.int64(k)), int(np.int64(filling))
                spaced = letter == _SPACE
                script, last = scripts[letter], (0 if spaced else page[i - 1])
    found[filled] = _SPACE
    return _joined(found, filled + 1, cuts[:cut], around)


class OnePass:
    """`Letters.of_page` in one pass, for one alphabet."""

    def __init__(self, letters: Letters, longest: int) -> None:
        """Compiles (some seconds) when it is first made on a machine; the result is kept beside this file.

        `longest` is how many words are looked for together at most.
        """
        self._around = longest
        self._letters = np.frombuffer(letters.alphabet(), np.uint8).copy()
        self._letters[list(MARKS)] = _MARK
        self._letters[0x130] = _DOTTED  # its small letter is two: i and a dot
        self._letters[_HALF_FLAGS : _HALF_FLAGS + 26] = range(_FIRST_FLAG, _FIRST_FLAG + 26)
        self._plain = np.zeros(0x100, np.uint8)
        self._plain[:0x80] = self._letters[:0x80]
        self._plain[[_LT, _AMP, _BACKSLASH]] = _DROPPED
        self._scripts = np.zeros(0x100, np.uint8)
        self._scripts[list(string.ascii_lowercase.encode())] = 1
        self._scripts[list(letters.cyrillic)] = 2
        self(b"<b>x</b>")

    def __call__(self, page: bytes) -> bytes | None:
        """A page's words, or None where `Letters` has to be asked."""
        found, cuts = np.empty((len(page) * 5 // 4 + 8) * 2, np.uint8), np.empty(_MOST_CUTS, np.int64)
        ends = words(
            np.frombuffer(page, np.uint8), np.frombuffer(page, np.uint64, len(page) // 8),
            self._letters, self._plain, self._scripts, *_TABLES, _SIGNS, self._around, found, cuts,
        )  # fmt: skip
        return None if ends < 0 else found[:ends].tobytes()
