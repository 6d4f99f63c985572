"""What a secret looks like in text, and the same text without it. A value never leaves this module.

Tokens are known by the marks their issuers give them; passwords by the names of variables and options before them.
"""

import re
from functools import lru_cache

MASK = "********"

TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    ("AWS access key", re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    ("GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{40,}")),
    ("GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}")),
    ("npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("PyPI token", re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}")),
    ("Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}")),
    ("OpenAI key", re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}")),
    ("JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,}")),
    ("password in a URL", re.compile(r"(?<=://)[^\s/:@$'\"]{1,64}:[^\s/@$'\"]{3,}(?=@)")),
)

SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?KEY|CREDENTIALS?)"
    r"(?:_|$|\d)|PASSWORD$|_PWD$|SECRET_?KEY",
    re.IGNORECASE,
)
"""Of a variable that holds one."""
_NOT_SECRET_NAME = re.compile(
    r"(?:_FILE|_PATH|_DIR|_URL|_NAME|_ID|_LENGTH|_TTL|_EXPIR\w*|_VERSION|_TYPE|_HEADER)$", re.IGNORECASE
)
_NO_VALUE = re.compile(
    r"(?:[$/].*|true|false|yes|no|none|null|\d{1,3}|<.*>|\*+|x+|changeme|change[-_]me|example.*|)", re.IGNORECASE
)
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9_])(?P<name>[A-Za-z_][A-Za-z0-9_]{2,63})(?P<is>\s*[=:]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"';&|]+)"
)
_OPTION = re.compile(
    r"(?P<name>(?:^|\s)--?(?:password|passwd|token|secret|api-?key))(?P<is>[= ])(?P<value>[^\s-][^\s]*)", re.IGNORECASE
)


def kinds_in(text: str) -> list[str]:
    """Name the kinds of secrets in a text: issuers' tokens, and assignments to names that say so."""
    found = [kind for kind, pattern in TOKENS if pattern.search(text)]
    found += [f"value of {match['name']}" for match in _ASSIGNED.finditer(text) if holds(match["name"], match["value"])]
    found += [f"value of {match['name'].strip()}" for match in _OPTION.finditer(text) if _is_value(match["value"])]
    return list(dict.fromkeys(found))


def tokens_in(text: str) -> list[str]:
    """Name the kinds of issuers' tokens in a text."""
    return [kind for kind, pattern in TOKENS if pattern.search(text)]


def holds(name: str, value: str) -> bool:
    """Tell whether a variable holds a secret: its name says so, and its value is one and no reference or path."""
    return SECRET_NAME.search(name) is not None and _NOT_SECRET_NAME.search(name) is None and _is_value(value)


@lru_cache(maxsize=512)
def masked(text: str) -> str:
    """Put stars in the place of every secret."""
    for _, pattern in TOKENS:
        text = pattern.sub(MASK, text)
    text = _ASSIGNED.sub(lambda match: _starred(match) if holds(match["name"], match["value"]) else match[0], text)
    return _OPTION.sub(lambda match: _starred(match) if _is_value(match["value"]) else match[0], text)


def _starred(match: re.Match[str]) -> str:
    return f"{match['name']}{match['is']}{MASK}"


def _is_value(value: str) -> bool:
    return _NO_VALUE.fullmatch(value.strip("\"'")) is None
