"""LS202 Build tool's or language package manager's cache in the image.

What: pip, uv, npm, yarn, pnpm, gem, composer, go, cargo, maven, gradle, conda and others keep what they download, so
that the next build is faster. In an image there is no next build: the cache is shipped beside what was installed.

Why: the tool's cache is below its user's home, and the RUN that filled it did not say otherwise.

Bad:

    RUN pip install -r requirements.txt

Good:

    RUN pip install --no-cache-dir -r requirements.txt

or, with BuildKit, which also makes the next build faster:

    RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt

Ignore it when: the image is a builder whose job is to have warm caches.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import cache_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level

_RM = "rm -rf {roots}"


def _cache(name: str, label: str, tools: str, *patterns: str, option: str = "") -> PathKind:
    mount = patterns[0].replace("**", "/root")
    return PathKind(name, label, patterns, cleanup=_RM, cache_mount=mount, option=option, tools=tuple(tools.split()))


class LanguageCaches(Detector):
    """See the module."""

    RULE = Rule("LS202", "build tool's cache in the image", Level.WARNING)
    KINDS = (
        _cache("pip-cache", "pip's cache", "pip pip3", "**/.cache/pip", option="pip install --no-cache-dir"),
        _cache("uv-cache", "uv's cache", "uv", "**/.cache/uv", option="uv … --no-cache"),
        _cache("poetry-cache", "poetry's cache", "poetry", "**/.cache/pypoetry", option="poetry install --no-cache"),
        _cache("pipenv-cache", "pipenv's cache", "pipenv", "**/.cache/pipenv"),
        _cache("npm-cache", "npm's cache", "npm npx", "**/.npm/_cacache", "**/.npm/_logs", option="npm cache clean -f"),
        _cache("yarn-cache", "yarn's cache", "yarn", "**/.cache/yarn", "/usr/local/share/.cache/yarn",
               "**/.yarn/berry/cache", option="yarn cache clean"),
        _cache("pnpm-store", "pnpm's store", "pnpm", "**/.local/share/pnpm/store", "**/.pnpm-store"),
        _cache("bun-cache", "bun's cache", "bun", "**/.bun/install/cache"),
        _cache("node-gyp-cache", "node-gyp's cache", "npm node-gyp", "**/.cache/node-gyp", "**/.node-gyp"),
        _cache("tool-cache", "a node tool's cache", "npm yarn", "**/node_modules/.cache"),
        _cache("gem-cache", "gem's cache", "gem bundle", "**/.gem/specs", "**/.bundle/cache", "/usr/local/bundle/cache",
               "**/.local/share/gem/specs", "/var/lib/gems/cache"),
        _cache("composer-cache", "composer's cache", "composer", "**/.composer/cache", "**/.cache/composer",
               option="composer install --no-cache"),
        _cache("go-build-cache", "go's build cache", "go", "**/.cache/go-build"),
        _cache("go-mod-cache", "go's module cache", "go", "**/go/pkg/mod"),
        _cache("cargo-registry", "cargo's registry", "cargo", "**/.cargo/registry", "/usr/local/cargo/registry",
               "**/.cargo/git", "/usr/local/cargo/git"),
        _cache("maven-repository", "maven's repository", "mvn", "**/.m2/repository"),
        _cache("gradle-cache", "gradle's cache", "gradle gradlew", "**/.gradle/caches", "**/.gradle/wrapper",
               "**/.gradle/daemon"),
        _cache("ivy-cache", "ivy's and sbt's cache", "sbt", "**/.ivy2/cache", "**/.cache/coursier", "**/.sbt/boot"),
        _cache("conda-pkgs", "conda's package cache", "conda mamba micromamba", "/opt/conda/pkgs",
               "**/miniconda3/pkgs", "**/anaconda3/pkgs", "**/miniforge3/pkgs", "**/.conda/pkgs",
               option="conda clean -afy"),
        _cache("nuget-cache", "nuget's packages", "dotnet nuget", "**/.nuget/packages", "**/.local/share/NuGet"),
        _cache("ccache", "ccache's cache", "ccache", "**/.ccache", "**/.cache/ccache"),
        _cache("bazel-cache", "bazel's cache", "bazel", "**/.cache/bazel", "**/.cache/bazelisk"),
        _cache("browser-cache", "downloaded browsers' archives", "playwright", "**/.cache/puppeteer",
               "**/.cache/electron", "**/.cache/Cypress"),
        _cache("hub-cache", "downloaded models' cache", "python python3", "**/.cache/huggingface",
               "**/.cache/torch"),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report caches above the base, one finding for each tool."""
        return cache_findings(self.RULE, self.KINDS, evidence)
