"""What a secret looks like in text, and the same text without it. A value never leaves this module.

Tokens are known by the marks their issuers give them; passwords by the names of variables and options before them, and
by the commands that take one. Most texts have none of these, so each look begins with words that must be there.
"""

import re
from functools import lru_cache

from layerscope.frozen import dataclass
from layerscope.patterns import regex

MASK = "********"


@dataclass(frozen=True, slots=True)
class _Look:
    """How something secret looks; where a group `value` is, only that is secret."""

    kind: str
    words: tuple[str, ...]
    """One of them is in every such text, in lower case."""
    pattern: re.Pattern[str]

    def may_be_in(self, lower: str) -> bool:
        """Tell whether a text, in lower case, is worth the search."""
        return any(word in lower for word in self.words)


_TOKENS = (
    _Look("private key", ("private key",), regex(
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,5}PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END[^-\n]{0,80}-----|.*)",
        re.DOTALL)),
    _Look("AWS access key", ("akia", "asia"), regex(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    _Look("GitHub token", ("gh",), regex(r"\bgh[pousr]_[A-Za-z0-9]{36,}")),
    _Look("GitHub token", ("github_pat_",), regex(r"\bgithub_pat_[A-Za-z0-9_]{40,}")),
    _Look("GitLab token", ("glpat-",), regex(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    _Look("Slack token", ("xox",), regex(r"\bxox[abprs]-[A-Za-z0-9-]{20,}")),
    _Look("npm token", ("npm_",), regex(r"\bnpm_[A-Za-z0-9]{36}\b")),
    _Look("PyPI token", ("pypi-",), regex(r"\bpypi-[A-Za-z0-9_-]{50,}")),
    _Look("Google API key", ("aiza",), regex(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    _Look("Stripe key", ("k_live_",), regex(r"\b[rs]k_live_[A-Za-z0-9]{20,}")),
    _Look("OpenAI key", ("sk-",), regex(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}")),
    _Look("JSON web token", ("eyj",), regex(
        r"\beyJ[A-Za-z0-9_-]{10,300}+\.eyJ[A-Za-z0-9_-]{10,4000}+\.[A-Za-z0-9_-]{10,}")),
    _Look("authorization header", ("authorization:",), regex(
        r"(?<=[Aa]uthorization:)\s?(?:[Bb]earer|[Bb]asic|[Tt]oken) [^\s\"'$<{*]{8,}")),
    _Look("password in a URL", ("://",), regex(r"(?<=://)[^\s/:@$'\"]{1,64}:[^\s/@$'\"]{3,}(?=@)")),
)  # fmt: skip

SECRET_NAME = regex(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?KEY|CREDENTIALS?)"
    r"(?:_|$|\d)|PASSWORD$|_PWD$|SECRET_?KEY",
    re.IGNORECASE,
)
"""Of a variable that holds one."""
_NOT_SECRET_NAME = regex(
    r"(?:_FILE|_PATH|_DIR|_URL|_NAME|_ID|_LENGTH|_TTL|_EXPIR\w*|_VERSION|_TYPE|_HEADER)$", re.IGNORECASE
)
_NAME_WORDS = ("pass", "secret", "token", "key", "credential", "pwd")
_NO_VALUE = regex(
    r"(?:[$/].*|true|false|yes|no|none|null|\d{1,3}|<.*>|\*+|x+|changeme|change[-_]me|example.*|)", re.IGNORECASE
)
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"'$-][^\s\"',]*"
_ASSIGNED = _Look("value", _NAME_WORDS, regex(
    r"(?<![A-Za-z0-9_])(?P<name>[A-Za-z_][A-Za-z0-9_]{2,63})(?P<is>\s*[=:]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"';&|]+)"
))  # fmt: skip
_OPTIONS = (
    _Look("value", _NAME_WORDS, regex(
        r"(?P<around>^|[\s\"'\[,])(?P<name>--?(?:password|passwd|token|secret|api-?key))(?P<is>[= ]|\"[\s,]{1,3}(?=\"))"
        rf"(?P<value>{_VALUE})", re.IGNORECASE)),
    _Look("password", ("curl", "wget"), regex(
        r"(?P<name>\b(?:curl|wget))(?P<is>\b(?:(?!\b(?:curl|wget)\b)[^&|;\n]){0,300}?"
        r"\s(?:-u|--user|--proxy-user)[= ]?[\"']?[^\s:\"'$]{1,64}:)"
        r"(?P<value>[^\s\"'$]+)")),
    _Look("password", ("sshpass",), regex(
        r"(?P<name>\bsshpass)(?P<is>\s+-p\s?)(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'$]+)")),
    _Look("password", ("mysql",), regex(
        r"(?P<name>\bmysql(?:admin|dump)?)(?P<is>\b(?:(?!\bmysql(?:admin|dump)?\b)[^&|;\n]){0,300}?\s-p)(?P<value>\"[^\"$]*\"|'[^']*'|[^\s\"'$]+)")),
    _Look("password", ("htpasswd",), regex(
        r"(?P<name>\bhtpasswd)(?P<is>\s+-\w*b\w*\s+\S{1,200}\s+\S{1,64}\s+)(?P<value>[^\s\"'$-][^\s\"']*)")),
    _Look("password", ("chpasswd",), regex(
        r"(?P<name>\b[a-z_][\w.-]{0,31})(?P<is>:)(?P<value>[^\s:\"'$|]+)(?=[\"']?\s{0,9}\|\s{0,9}chpasswd)")),
)  # fmt: skip
"""Options and commands that take a password."""
_PAIR = regex(
    r"(?P<name>(?<![^\s])[A-Za-z_][\w.-]{0,127})(?P<is>=)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s]*(?:\s+(?![A-Za-z_][\w.-]{0,127}=|\\)[^\s]+)*)"
)
"""A pair as histories have it: often without quotes, so its value goes up to the next name."""
_MOST_REMEMBERED = 4096


TOKEN_KINDS = tuple(look.kind for look in _TOKENS)
NAMED_KINDS = tuple(f"{look.kind} of " for look in (_ASSIGNED, *_OPTIONS))
"""What the others begin with; the name of the variable or the option follows."""


def kinds_in(text: str) -> list[str]:
    """Name the kinds of secrets in a text: issuers' tokens, and assignments to names that say so."""
    found = tokens_in(text)
    lower = text.lower()
    if _ASSIGNED.may_be_in(lower):
        matches = _ASSIGNED.pattern.finditer(text)
        found += [f"value of {match['name']}" for match in matches if holds(match["name"], match["value"])]
    for look in _OPTIONS:
        if look.may_be_in(lower):
            matches = look.pattern.finditer(text)
            found += [f"{look.kind} of {match['name']}" for match in matches if _is_value(match["value"])]
    return list(dict.fromkeys(found))


def tokens_in(text: str) -> list[str]:
    """Name the kinds of issuers' tokens in a text."""
    lower = text.lower()
    return [look.kind for look in _TOKENS if look.may_be_in(lower) and look.pattern.search(text)]


def holds(name: str, value: str) -> bool:
    """Tell whether a variable holds a secret: its name says so, and its value is one and no reference or path."""
    return SECRET_NAME.search(name) is not None and _NOT_SECRET_NAME.search(name) is None and _is_value(value)


def masked(text: str) -> str:
    """Put stars in the place of every secret; line breaks stay."""
    return _masked_and_kept(text) if len(text) <= _MOST_REMEMBERED else _long_masked_and_kept(text)


@lru_cache(maxsize=16)
def _long_masked_and_kept(text: str) -> str:
    """Remember a few long texts as well: each is in a record, its step, its instruction and its layer."""
    return _masked(text)


@lru_cache(maxsize=512)
def _masked_and_kept(text: str) -> str:
    return _masked(text)


def _masked(text: str) -> str:
    lower = text.lower()
    for look in _TOKENS:
        if look.may_be_in(lower):
            text = look.pattern.sub(lambda match: _stars(match[0]), text)
    if _ASSIGNED.may_be_in(lower):
        text = _ASSIGNED.pattern.sub(
            lambda match: _starred(match) if holds(match["name"], match["value"]) else match[0], text
        )
    for look in _OPTIONS:
        if look.may_be_in(lower):
            text = look.pattern.sub(lambda match: _starred(match) if _is_value(match["value"]) else match[0], text)
    return text


def masked_pairs(text: str) -> str:
    """Do the same with what follows ENV, ARG or LABEL, where a value may have blanks in it."""
    name, blank, value = text.partition(" ")
    if blank and "=" not in name:  # the old form: all the rest is the value
        return f"{name} {MASK}" if holds(name, value) else masked(text)
    if _ASSIGNED.may_be_in(text.lower()):
        text = _PAIR.sub(lambda match: _starred(match) if holds(match["name"], match["value"]) else match[0], text)
    return masked(text)


def _starred(match: re.Match[str]) -> str:
    """Leave all of a match but its value."""
    start, end = match.start("value") - match.start(), match.end("value") - match.start()
    return match[0][:start] + _stars(match["value"]) + match[0][end:]


def _stars(text: str) -> str:
    """Keep quotes and line breaks, so that the text stays what it was to whoever reads it."""
    quote = text[0] if text[:1] in {'"', "'"} and text[:1] == text[-1:] and len(text) > 1 else ""
    return quote + MASK + "\n" * text.count("\n") + quote


def _is_value(value: str) -> bool:
    return _NO_VALUE.fullmatch(value.strip("\"'")) is None
