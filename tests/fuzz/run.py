"""Fuzz one target by coverage: `python tests/fuzz/run.py TARGET FOLDER SECONDS` (wants atheris, no dependency of ours).

Inputs that are worth keeping, and those that fail (`crash-…`), are written to FOLDER.
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["layerscope"]):
    from fuzz.targets import TARGETS, seeds


def main() -> None:
    """Fuzz for the seconds that were asked for."""
    name, folder, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (folder / f"seed-{number}").write_bytes(seed)
    arguments = [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=20", "-rss_limit_mb=2048"]
    atheris.Setup(
        [sys.argv[0], str(folder), f"-artifact_prefix={folder}/", "-print_final_stats=1", *arguments], TARGETS[name]
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
