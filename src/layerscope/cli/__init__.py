"""Commands: one thin file each. Streams and exit codes only.

A command is a module of this package with a `command`; it is loaded when it is asked for.
"""

# In the order of `--help`: what people type most comes first.
COMMANDS = (
    "inspect",
    "ci",
    "report",
    "history",
    "ls",
    "timeline",
    "cat",
    "extract",
    "explain",
    "plan",
    "build",
    "serve",
    "config",
    "init",
)
