"""`layerscope explain`: the page of a rule, or the list of all."""

import click

from layerscope.cli.streams import standard_output
from layerscope.errors import UsageError


@click.command("explain", short_help="Explain a rule.", options_metavar="[OPTIONS]")
@click.argument("rule", metavar="[RULE]", required=False)
@click.option("--debug", is_flag=True, help="A traceback with every error.")
def command(rule: str | None, *, debug: bool) -> int:  # noqa: ARG001 - `main.run` looks for --debug itself
    """Tell what RULE (LS101 …) means: what, why, a bad and a good Dockerfile, when to ignore it.

    Without RULE, list all rules with their level.
    """
    from layerscope.analysis.pages import page_of, rules

    if rule is None:
        lines = [f"{one.id}  {one.level.value:7}  {one.name}" for one in rules()]
    else:
        page = page_of(rule.upper())
        if page is None:
            raise UsageError(f"{rule} is not a rule", hint="layerscope explain lists them")
        lines = [page]
    with standard_output() as stream:
        stream.writelines(f"{line}\n" for line in lines)
    return 0
