"""The panes, in the order of their number keys: the way from the image as a whole to its bytes."""

from layerscope.tui.panes.base import Pane
from layerscope.tui.panes.details import DetailsPane
from layerscope.tui.panes.dockerfile import DockerfilePane
from layerscope.tui.panes.files import FilesPane
from layerscope.tui.panes.findings import FindingsPane
from layerscope.tui.panes.image import ImagePane
from layerscope.tui.panes.layers import LayersPane
from layerscope.tui.panes.map import MapPane
from layerscope.tui.panes.plan import PlanPane
from layerscope.tui.panes.waste import WastePane

PANES: tuple[type[Pane], ...] = (
    LayersPane,
    FilesPane,
    DetailsPane,
    DockerfilePane,
    WastePane,
    FindingsPane,
    ImagePane,
    PlanPane,
    MapPane,
)
