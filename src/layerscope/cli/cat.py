"""`layerscope cat`: the bytes of one file."""

import click

from layerscope.cli.options import takes_image
from layerscope.cli.reading import read_image
from layerscope.cli.request import Request
from layerscope.cli.streams import binary_output
from layerscope.cli.treepath import find_regular_file


@click.command("cat", short_help="Write a file's bytes.", options_metavar="[OPTIONS]")
@takes_image
@click.argument("path", metavar="PATH")
@click.option("--layer", "layer_index", metavar="N", type=int, help="As it is once layer N is applied; 0 is the base.")
def command(request: Request, path: str, layer_index: int | None) -> int:
    """Write the bytes of the file PATH to standard output, as the final image or layer N has it.

    Symbolic links are not followed: the error says where one leads. A hard link gives the file it names.
    """
    from layerscope import pipeline

    inspection = read_image(request, keep_contents=True)
    entry = find_regular_file(inspection.tree, path, layer_index)
    with pipeline.contents(inspection) as reader, binary_output() as stream:
        for piece in reader.content(entry):
            stream.write(piece)
    return 0
