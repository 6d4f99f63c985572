"""Options that several fixes give to one instruction: all of them, where they do not contradict each other."""

from layerscope.analysis.fixparts import ClashError
from layerscope.model.history import Instruction

_COPIES = ("COPY", "ADD")


def with_options(flags: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Add options that are not there yet."""
    return (*flags, *(flag for flag in more if flag not in flags))


def both_texts(instruction: Instruction, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Write a COPY to which two fixes give options."""
    line = instruction.dockerfile_line or 0
    if instruction.keyword not in _COPIES or len(one) != 1 or len(other) != 1:
        raise ClashError(line)
    (keyword, flags, rest), (_keyword, more, rest2) = _words(one[0]), _words(other[0])
    names = {flag.partition("=")[0]: flag for flag in flags}
    if rest != rest2 or any(names.get(flag.partition("=")[0], flag) != flag for flag in more):
        raise ClashError(line)
    return (" ".join((keyword, *with_options(flags, more), rest)),)


def _words(text: str) -> tuple[str, tuple[str, ...], str]:
    keyword, *words = text.split(" ")
    count = next((at for at, word in enumerate(words) if not word.startswith("--")), len(words))
    return keyword, tuple(words[:count]), " ".join(words[count:])
