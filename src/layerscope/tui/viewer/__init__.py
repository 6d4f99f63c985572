"""Looking into files: text, bytes, facts and differences, by window. Nothing here knows a pane."""
