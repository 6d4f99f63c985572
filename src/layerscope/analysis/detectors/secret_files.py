"""LS303 Secret in a file of the image.

What: private keys, tokens, credentials of clouds and registries, `.env` files: in the final image, or in a layer below
that a later one deleted or replaced. Values are never shown.

Why: whoever can pull an image can read every layer of it. Deleting the file in a later layer does not take it out.

Bad:

    COPY id_ed25519 /root/.ssh/id_ed25519
    RUN git clone git@example.com:me/private.git && rm /root/.ssh/id_ed25519

Good:

    RUN --mount=type=ssh git clone git@example.com:me/private.git

or, for tokens,

    RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci

What has been in a pushed layer must be revoked: taking it out of the Dockerfile does not undo that.

Ignore it when: it is a public example key, or the key of a test.
"""

import re
from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.secretwords import NAMED_KINDS, TOKEN_KINDS, kinds_in, tokens_in
from layerscope.analysis.telling import Telling
from layerscope.model.files import Kind
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_SURE = {
    b"id_rsa": "private SSH key", b"id_dsa": "private SSH key", b"id_ecdsa": "private SSH key",
    b"id_ed25519": "private SSH key", b".git-credentials": "git credentials", b".netrc": "passwords of servers",
    b".pgpass": "database passwords", b".vault-token": "vault token",
}  # fmt: skip
"""Names that say enough when the content cannot be read."""
_LIKELY = {
    b".env": "environment file", b".npmrc": "npm configuration", b".pypirc": "PyPI configuration",
    b".yarnrc.yml": "yarn configuration", b"credentials": "credentials", b"config.json": "registry credentials",
    b"terraform.tfstate": "terraform state", b"secrets.yml": "secrets", b"secrets.yaml": "secrets",
    b"secrets.json": "secrets", b"service-account.json": "service account", b"credentials.json": "credentials",
    b".htpasswd": "password hashes", b"wp-config.php": "configuration", b"settings.xml": "maven settings",
    b"application_default_credentials.json": "cloud credentials", b".dockercfg": "registry credentials",
    b"kubeconfig": "cluster credentials",
}  # fmt: skip
"""Names whose content decides."""
_FIXED = frozenset({*_SURE, *_LIKELY})
_PARTS = (b"secret", b"credential", b"deploy", b".env")
_ENDINGS = frozenset({b"env", b"pem", b"key", b"p8", b"ppk", b"pk8"})
_BY_NAME = regex(rb"\.env\..+|.+\.env|.*\.(?:pem|key|p8|ppk|pk8)|.*(?:secret|credential|deploy[-_]?key)[^/]*")
_NEVER = regex(
    rb"(?:^|\0)(?:usr\0(?:share|lib|include)|etc\0ssl\0certs|proc|sys)\0"
    rb"|\0(?:node_modules|site-packages|dist-packages|testdata|tests?|examples?|fixtures)\0"
)
_EXAMPLE = regex(rb"\.(?:example|sample|template|dist|tpl|md|py|js|ts|go|java|rb|c|h|html|css|svg|png)$")
_MOST_READ, _MOST_BYTES = 200, 65536
_PRIVATE_KEY = "private key"
_NPM, _REGISTRY, _AWS = "npm token", "registry credentials", "AWS credentials"
_BY_CONTENT = (_NPM, _REGISTRY, _AWS)


def _name_of(kind: str) -> str:
    return kind.replace(" ", "-").lower()


class SecretFiles(Detector):
    """See the module."""

    RULE = Rule("LS303", "secret in a file", Level.ERROR)
    OTHER_KINDS = tuple(dict.fromkeys(map(_name_of, (*_SURE.values(), *_BY_CONTENT, *TOKEN_KINDS, *NAMED_KINDS))))
    TELLING = Telling(names=_FIXED, endings=_ENDINGS, parts=frozenset(_PARTS))

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report secrets of layers above the base, dead ones too; a finding for each file and layer."""
        read = 0
        tree = evidence.tree
        for node in _candidates(evidence):
            for entry in tree.entries_at(node):
                layer = tree.layer_of(entry)
                table, row = tree.place_of(entry)
                if table.kind[row] != Kind.FILE or not table.size[row] or evidence.in_base(layer):
                    continue
                read += 1
                content = evidence.inputs.read(entry, _MOST_BYTES) if read <= _MOST_READ else None
                kind = _kind(tree.name(node), content)
                if kind and not (tree.below[entry] >= 0 and tree.fate[tree.below[entry]] == _RESHIPPED):
                    yield self._finding(evidence, entry, node, layer, kind)

    def _finding(self, evidence: Evidence, entry: int, node: int, layer: int, kind: str) -> Finding:
        tree, script = evidence.tree, evidence.script
        path = evidence.path(node)
        gone = ""
        if tree.fate[entry] in {_OVERWRITTEN, _DELETED}:
            gone = (
                f"; {script.where(tree.killer[entry])} hides it, and anyone can still read it in {script.where(layer)}"
            )
        mount = "--mount=type=ssh" if "SSH" in kind else f"--mount=type=secret,id=secret,target={path}"
        return practice_finding(
            self.RULE, kind=_name_of(kind), layers=(layer,), line=script.line(layer),
            title=f"{kind} in {path}{gone}",
            why="Whoever can pull the image can read every file of every layer.",
            advice=f"Leave it out of {script.place(layer)}: a step that needs it can mount it (`RUN {mount}`), and the "
            "container can be given it when it starts. Revoke what was pushed.",
            paths=(tree.path(node),), nodes=(node,),
        )  # fmt: skip


def _candidates(evidence: Evidence) -> list[int]:
    """Find the nodes whose names may mean a secret, in order."""
    keys = evidence.tree.keys
    names = set(filter(_may_mean_one, set(evidence.told.values())))  # one name is in many directories
    return [node for node, name in evidence.told.items() if name in names and not _NEVER.search(keys[node])]


def _may_mean_one(name: bytes) -> bool:
    return name in _FIXED or (_BY_NAME.fullmatch(name) is not None and not _EXAMPLE.search(name))


_OVERWRITTEN, _RESHIPPED, _DELETED = 1, 2, 3


def _kind(name: bytes, content: bytes | None) -> str:
    """Say what kind of secret a file holds; "" for none that is known."""
    if content is None:
        return _SURE.get(name, "")
    text = content.decode("utf-8", "replace")
    tokens = tokens_in(text)
    if tokens:
        return "private SSH key" if tokens[0] == _PRIVATE_KEY and name in _SURE else tokens[0]
    if name in _SURE:
        return "" if text.startswith(("ssh-", "ecdsa-")) else _SURE[name]
    if b"\0" in content:
        return ""
    if name in {b".npmrc", b".yarnrc.yml"}:
        return _NPM if re.search(r"_auth(?:Token)?\s*=\s*[^\s$]|npmAuthToken:\s*[^\s$]", text) else ""
    if name in {b"config.json", b".dockercfg"}:
        return _REGISTRY if re.search(r'"auth"\s*:\s*"[A-Za-z0-9+/=]{8,}"', text) else ""
    if name == b"credentials" and "aws_secret_access_key" in text.lower():
        return _AWS
    found = kinds_in(text)
    return found[0] if found else ""
