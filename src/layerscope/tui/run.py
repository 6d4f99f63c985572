"""Start of the terminal interface, and its end as a process sees it."""

from layerscope.pipeline import InspectOptions


def run_app(reference: str, *, options: InspectOptions) -> int:
    """Show an image until the user leaves; 0 then.

    Raises what kept the user from seeing it, after the screen is restored: `ImageError`, `CancelledError`, or a fault
    of our own. Whoever runs the process prints it and knows the exit code.
    """
    from layerscope.tui.app import LayerscopeApp

    app = LayerscopeApp(reference, options=options)
    app.run()
    if app.ended_by is not None:
        raise app.ended_by
    return 0
