# SPDX-License-Identifier: Apache-2.0
"""python3 host/setup STEP...: makes steps and all that they need, where out of date."""

from __future__ import annotations

import sys
import time

import report
from paths import prepare
from report import SetupError, say
from step import Plan, exclusive


def _steps() -> dict:
    import venv

    import firmware
    import micropython
    import natmod
    import node
    import sources

    steps = (
        venv.STEP,
        venv.CORE,
        sources.STEP,
        node.STEP,
        micropython.MPY_CROSS,
        micropython.UNIX_PORT,
        *micropython.QEMU,
        natmod.STEP,
        *firmware.STEPS,
    )
    return {step.name: step for step in steps}


def _bring(names: list[str]) -> None:
    start = time.monotonic()
    prepare()
    steps = _steps()
    unknown = [name for name in names if name not in steps]
    if unknown or not names:
        raise SetupError(
            f"no such step: {' '.join(unknown) or '(none named)'}", f"steps are: {' '.join(steps)}"
        )
    with exclusive():
        plan = Plan(steps)
        for name in names:
            plan.bring(name)
    spent = report.duration(time.monotonic() - start)
    outcome = f"ready after {spent}" if plan.made else f"nothing to do ({spent})"
    say(f"  {' '.join(names)}: {outcome}")


def main() -> int:
    try:
        _bring(sys.argv[1:])
    except SetupError as error:
        report.fail(error)
        return 1
    except OSError as error:
        report.fail(
            SetupError(
                f"{error.strerror}: {error.filename}",
                "see to that path, then run the same command again",
            )
        )
        return 1
    except KeyboardInterrupt:
        report.say("\n  interrupted; the same command goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
