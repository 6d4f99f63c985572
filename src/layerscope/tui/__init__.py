"""The terminal interface. `run_app` is its only door; nothing else is imported before it is opened."""

from layerscope.tui.run import run_app as run_app
