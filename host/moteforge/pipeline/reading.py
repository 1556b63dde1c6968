# SPDX-License-Identifier: Apache-2.0
"""Pipeline files as a user names them: every way in which they are no JSON object, as an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from ..errors import UsageError
from ..modelfile import read_file

MAX_BYTES = 256 << 10  # a board reads the file into its RAM
MAX_DEPTH = 32
REMEDY = "Name a .pipeline.json file; docs/CHAIN.md says what is in it."


def read_pipeline(path: str | Path) -> dict[str, Any]:
    """The file's object, keys in its order; UsageError where there is none."""
    data = read_file(path, "pipeline")
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path} has {len(data):,} bytes, more than {MAX_BYTES:,}", REMEDY)
    try:
        config = json.loads(data.decode("utf-8"), parse_constant=refuse_constant)
        json.dumps(config, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: byte {error.start} is wrong", REMEDY) from None
    except UnicodeEncodeError:
        raise UsageError(f"{path} holds half of a character (\\ud800 to \\udfff)", REMEDY) from None
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}", REMEDY) from None
    except RecursionError:
        raise UsageError(f"{path} is nested too deeply", REMEDY) from None
    if not isinstance(config, dict):
        raise UsageError(f"{path} holds no JSON object", REMEDY)
    if depth(config) > MAX_DEPTH:
        raise UsageError(f"{path} is nested deeper than {MAX_DEPTH} levels", REMEDY)
    return config


def refuse_constant(name: str) -> NoReturn:
    """NaN and infinities, which Python's reader takes and no other does."""
    raise ValueError(f"{name} is no number of JSON")


def depth(value: Any) -> int:
    """Levels of objects and lists."""
    level, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, (dict, list))]:
        level += 1
        layer = [x for item in layer for x in (item.values() if isinstance(item, dict) else item)]
    return level


def model_path(pipeline: str | Path, config: dict[str, Any]) -> Path | None:
    """The model that a configuration names, relative to its file; None where it names none."""
    name = config.get("model")
    return Path(pipeline).parent / name if isinstance(name, str) and name else None
