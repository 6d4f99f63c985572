"""The two themes of our own. Colours only; what a colour means is decided in `roles.py`."""

from textual.theme import Theme

DARK = Theme(
    name="layerscope-dark",
    primary="#6cb2ff",
    secondary="#9fb4d0",
    accent="#f2a65a",
    success="#7fd18c",
    warning="#e5c76b",
    error="#ff7a85",
    foreground="#d6dbe4",
    background="#11141a",
    surface="#161a21",
    panel="#1e242d",
    variables={
        "focus": "#6cb2ff",
        "added": "#7fd18c",
        "modified": "#e5c76b",
        "removed": "#ff7a85",
        "wasted": "#f2a65a",
        "good": "#7fd18c",
        "link-name": "#8fb8d8",
        "dim-text": "#98a2b2",
        "faint-text": "#78828f",
        "cursor-row": "#1f3348",
        "cursor-row-blurred": "#1f252e",
        "pane-border": "#323a46",
        "footer-background": "#11141a",
        "footer-key-foreground": "#6cb2ff",
        "footer-description-foreground": "#98a2b2",
    },
)

LIGHT = Theme(
    name="layerscope-light",
    primary="#0a5fb4",
    secondary="#4a5a70",
    accent="#9c4900",
    success="#1a7434",
    warning="#7a5a00",
    error="#b5202f",
    foreground="#23272e",
    background="#fbfbf9",
    surface="#f4f4f0",
    panel="#e9e9e4",
    dark=False,
    variables={
        "focus": "#0a5fb4",
        "added": "#1a7434",
        "modified": "#735400",
        "removed": "#b5202f",
        "wasted": "#9c4900",
        "good": "#1a7434",
        "link-name": "#35608a",
        "dim-text": "#5c636e",
        "faint-text": "#7d838c",
        "cursor-row": "#d6e8fa",
        "cursor-row-blurred": "#ecece7",
        "pane-border": "#cfd2d6",
        "footer-background": "#fbfbf9",
        "footer-key-foreground": "#0a5fb4",
        "footer-description-foreground": "#5c636e",
    },
)

THEMES = (DARK, LIGHT)
