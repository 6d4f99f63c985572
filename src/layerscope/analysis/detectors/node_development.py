"""LS207 Development packages in node_modules.

What: `node_modules` has compilers, linters, test runners or bundlers: `devDependencies`, which nothing uses at run
time.

Why: `npm install` and `npm ci` install development packages unless they are told not to.

Bad:

    RUN npm ci && npm run build

Good:

    FROM node:22 AS build
    RUN npm ci && npm run build

    FROM node:22-slim
    COPY package*.json ./
    RUN npm ci --omit=dev
    COPY --from=build /app/dist dist

Ignore it when: the image is for development, or the bundler runs when the container starts.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level


class NodeDevelopment(Detector):
    """See the module."""

    RULE = Rule("LS207", "development packages in node_modules", Level.WARNING)
    KINDS = (
        PathKind("node-development", "development packages of node", (
            "**/node_modules/typescript", "**/node_modules/eslint", "**/node_modules/prettier",
            "**/node_modules/webpack", "**/node_modules/webpack-cli",
            "**/node_modules/webpack-dev-server", "**/node_modules/jest", "**/node_modules/jest-cli",
            "**/node_modules/mocha", "**/node_modules/chai", "**/node_modules/karma",
            "**/node_modules/jasmine", "**/node_modules/cypress", "**/node_modules/playwright-core",
            "**/node_modules/@playwright", "**/node_modules/@types", "**/node_modules/@babel",
            "**/node_modules/@typescript-eslint", "**/node_modules/@jest",
            "**/node_modules/@testing-library", "**/node_modules/rollup", "**/node_modules/vite",
            "**/node_modules/esbuild", "**/node_modules/@esbuild", "**/node_modules/@swc",
            "**/node_modules/nodemon", "**/node_modules/ts-node", "**/node_modules/tslint",
            "**/node_modules/gulp", "**/node_modules/grunt", "**/node_modules/husky",
            "**/node_modules/lint-staged", "**/node_modules/storybook", "**/node_modules/@storybook",
            "**/node_modules/nyc", "**/node_modules/@vitest", "**/node_modules/vitest",
            "**/node_modules/terser-webpack-plugin", "**/node_modules/babel-core",
            "**/node_modules/parcel", "**/node_modules/turbo", "**/node_modules/lerna",
        )),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=500_000,
            why="These are tools for building and testing.",
            advice=(
                "Install with `npm ci --omit=dev` (yarn: `yarn install --production`, pnpm: `pnpm install "
                "--prod`), and build in a stage of its own."
            ),
        )  # fmt: skip
