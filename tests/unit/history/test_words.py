"""Words, variables and patterns of a Dockerfile line, as BuildKit's shell/lex.go has them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.history.words import HOLE, MAX_EXPANDED, expand, fits, split_words

KNOWN = {"A": "one", "E": "", "V": "1.22.333", "P": "/usr/local/bin"}

# Expectations: BuildKit 0.25.2 builds of `patterns` and `argenv` (histories/) and its shell/envVarTest.
EXPANSIONS = [
    ("x$A y", "xone y"),
    ("${A}x", "onex"),
    ("$B", HOLE),
    ("'$A'", "$A"),
    ('"$A b"', "one b"),
    ("\\$A", "$A"),
    ('"a\\"b\\c"', 'a"b\\c'),
    ("$", "$"),
    ("${A:-x}${E:-x}${E-x}", "onex"),
    ("${A:+x}${E:+x}${E+x}", "xx"),
    ("${B:-x}", HOLE),
    ("${V%%.*} ${V%.*} ${V#*.} ${V##*.}", "1 1.22 22.333 333"),
    ("${V//./-} ${V/./-}", "1-22-333 1-22.333"),
    ("${P##*/}", "bin"),
    ("${P#*/*s} ${P##*/*s} ${P%s*} ${P%%s*}", "r/local/bin r/local/bin /u /u"),
    ("${V#x} ${V%x} ${V#*x} ${V#1} ${V%3} ${V#*}", "1.22.333 1.22.333 1.22.333 .22.333 1.22.33 1.22.333"),
    ("${V/2*3/x} ${V//2/x} ${V/*/x} ${V//z*/x}", "1.x 1.xx.333 x 1.22.333"),
    ("${V#?}", HOLE),
    ("${A:?message}", "one"),
    ("${A", HOLE),
    ("${", HOLE),
    ("${A:-${V}}", "one"),
    ("${E:-${V}}", "1.22.333"),
    ("'open", "open"),
]


@pytest.mark.parametrize(("text", "expected"), EXPANSIONS)
def test_variables_are_put_in(text: str, expected: str) -> None:
    assert expand(text, KNOWN) == expected


def test_another_escape_character_leaves_the_backslash_alone() -> None:
    assert expand("C:\\a`$A", KNOWN, "`") == "C:\\a$A"


def test_words_are_split_outside_quotes_and_keep_them() -> None:
    assert split_words("a='b c' d=\"e \\\" f\" g\\ h ''") == ["a='b c'", 'd="e \\" f"', "g\\ h", "''"]


FITS = [
    ("a", "a", True),
    ("a", "ab", False),
    (f"a{HOLE}c", "abc", True),
    (f"a{HOLE}c", "ac", True),
    (f"{HOLE}b{HOLE}b", "xbyb", True),
    (f"{HOLE}b{HOLE}b", "xb", False),
    (f"ab{HOLE}ba", "aba", False),
    (HOLE, "", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), FITS)
def test_holes_take_any_text(pattern: str, text: str, expected: object) -> None:
    assert fits(pattern, text) is expected


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), st.lists(st.text("ab", max_size=3), max_size=4))
def test_a_pattern_fits_what_it_was_made_of(parts: list[str], fillings: list[str]) -> None:
    filled = parts[0] + "".join(
        (fillings[index] if index < len(fillings) else "") + part for index, part in enumerate(parts[1:])
    )
    assert fits(HOLE.join(parts), filled)


@given(st.text("aA$\\{}:-+#%/'\"` *?", max_size=40))
def test_no_text_breaks_the_expansion(text: str) -> None:
    expand(text, KNOWN)
    split_words(text)


@pytest.mark.parametrize("text", ["${a:-" * 50_000, "${V/" + "*" * 100_000, "$" * 200_000, '"' * 200_000])
def test_hostile_text_is_expanded_in_linear_time(text: str) -> None:
    start = time.process_time()
    expand(text, KNOWN)
    assert time.process_time() - start < 2.0


def test_a_text_does_not_grow_without_end() -> None:
    value = "x"
    for _ in range(30):
        value = expand("$A$A$A$A", {"A": value})
    assert len(value) <= MAX_EXPANDED + 4
    assert HOLE in value
    assert expand("${A//x/" + "y" * 100 + "}", {"A": "x" * 1000}) == HOLE
