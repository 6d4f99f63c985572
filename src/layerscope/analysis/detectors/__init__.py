"""The rules: one file each, whose docstring is the rule's page.

Of the rules on dead bytes (LS1xx) the first that claims a group has it: what a narrow rule can explain stands before
what a wide one can, and the last one takes all that is left. The others follow by number.
"""

from layerscope.analysis.detecting import Detector
from layerscope.analysis.detectors.add_for_copy import AddForCopy
from layerscope.analysis.detectors.base_changed import BaseChanged
from layerscope.analysis.detectors.base_deleted import BaseDeleted
from layerscope.analysis.detectors.base_waste import BaseWaste
from layerscope.analysis.detectors.build_outputs import BuildOutputs
from layerscope.analysis.detectors.build_tools import BuildTools
from layerscope.analysis.detectors.bytecode import Bytecode
from layerscope.analysis.detectors.cache_options import CacheOptions
from layerscope.analysis.detectors.caches_deleted import CachesDeleted
from layerscope.analysis.detectors.core_dumps import CoreDumps
from layerscope.analysis.detectors.database_backups import DatabaseBackups
from layerscope.analysis.detectors.databases_rewritten import DatabasesRewritten
from layerscope.analysis.detectors.debug_symbols import DebugSymbols
from layerscope.analysis.detectors.deleted_later import DeletedLater
from layerscope.analysis.detectors.directory_replaced import DirectoryReplaced
from layerscope.analysis.detectors.documentation import Documentation
from layerscope.analysis.detectors.duplicates import Duplicates
from layerscope.analysis.detectors.editor_leftovers import EditorLeftovers
from layerscope.analysis.detectors.empty_passwords import EmptyPasswords
from layerscope.analysis.detectors.floating_base import FloatingBase
from layerscope.analysis.detectors.language_caches import LanguageCaches
from layerscope.analysis.detectors.locales import Locales
from layerscope.analysis.detectors.logs import Logs
from layerscope.analysis.detectors.maintainer import Maintainer
from layerscope.analysis.detectors.manifests_late import ManifestsLate
from layerscope.analysis.detectors.many_layers import ManyLayers
from layerscope.analysis.detectors.missing_labels import MissingLabels
from layerscope.analysis.detectors.mode_changed import ModeChanged
from layerscope.analysis.detectors.no_healthcheck import NoHealthcheck
from layerscope.analysis.detectors.node_development import NodeDevelopment
from layerscope.analysis.detectors.overwritten import Overwritten
from layerscope.analysis.detectors.owner_changed import OwnerChanged
from layerscope.analysis.detectors.packages_removed import PackagesRemoved
from layerscope.analysis.detectors.recommends import Recommends
from layerscope.analysis.detectors.relative_workdir import RelativeWorkdir
from layerscope.analysis.detectors.rewritten_unchanged import RewrittenUnchanged
from layerscope.analysis.detectors.root_user import RootUser
from layerscope.analysis.detectors.runs_to_join import RunsToJoin
from layerscope.analysis.detectors.same_layer import SameLayer
from layerscope.analysis.detectors.secret_commands import SecretCommands
from layerscope.analysis.detectors.secret_files import SecretFiles
from layerscope.analysis.detectors.secret_settings import SecretSettings
from layerscope.analysis.detectors.settings_early import SettingsEarly
from layerscope.analysis.detectors.setuid_files import SetuidFiles
from layerscope.analysis.detectors.sudo_installed import SudoInstalled
from layerscope.analysis.detectors.system_caches import SystemCaches
from layerscope.analysis.detectors.temporary_files import TemporaryFiles
from layerscope.analysis.detectors.update_apart import UpdateApart
from layerscope.analysis.detectors.upgrades import Upgrades
from layerscope.analysis.detectors.version_control import VersionControl
from layerscope.analysis.detectors.volatile_copy_early import VolatileCopyEarly
from layerscope.analysis.detectors.world_writable import WorldWritable

DETECTORS: tuple[Detector, ...] = (
    BaseWaste(),
    SameLayer(),
    DatabasesRewritten(),
    OwnerChanged(),
    ModeChanged(),
    RewrittenUnchanged(),
    BaseDeleted(),
    BaseChanged(),
    CachesDeleted(),
    PackagesRemoved(),
    DirectoryReplaced(),
    DeletedLater(),
    Overwritten(),
    SystemCaches(),
    LanguageCaches(),
    Bytecode(),
    Documentation(),
    Locales(),
    VersionControl(),
    NodeDevelopment(),
    EditorLeftovers(),
    CoreDumps(),
    Logs(),
    TemporaryFiles(),
    BuildTools(),
    DebugSymbols(),
    Duplicates(),
    BuildOutputs(),
    DatabaseBackups(),
    SecretSettings(),
    SecretCommands(),
    SecretFiles(),
    RootUser(),
    NoHealthcheck(),
    FloatingBase(),
    AddForCopy(),
    Upgrades(),
    Recommends(),
    CacheOptions(),
    SetuidFiles(),
    WorldWritable(),
    MissingLabels(),
    ManyLayers(),
    SudoInstalled(),
    RelativeWorkdir(),
    EmptyPasswords(),
    Maintainer(),
    VolatileCopyEarly(),
    ManifestsLate(),
    UpdateApart(),
    SettingsEarly(),
    RunsToJoin(),
)
