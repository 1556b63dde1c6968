# SPDX-License-Identifier: Apache-2.0
"""python tests/native/fuzz [--seconds N] [--minimise]: fuzzes the core; a finding ends it with exit code 1.

Three quarters of the time go to random models (build/fuzz/corpus), the rest to the public models where they are present
(build/fuzz/public; nothing made from them enters the project). --minimise then renews tests/native/fuzz/corpus.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from public import SHARED

from fuzz import campaign
from fuzz.seeds import MOST_BYTES, write_seeds

WORK = campaign.ROOT / "build/fuzz"
MODELS_EACH = 4
KEPT_BYTES = 1536
PUBLIC = ("micro-speech/*.tflite", "mlperf-tiny/ad*.tflite", "mlperf-tiny/kws*.tflite")
PUBLIC_BYTES = 300_000


def _public_models() -> Path | None:
    paths = [path for pattern in PUBLIC for path in sorted((SHARED / "models").glob(pattern))]
    if not paths:
        print(f"  no public models below {SHARED} (MOTE_SHARED names another folder)")
        return None
    folder = WORK / "public-seeds"
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def _report(what: str, outcome: campaign.Outcome) -> bool:
    """Whether nothing was found."""
    print(f"  {what}: {outcome.executed} files in {outcome.cpu_seconds:.0f} s of CPU time")
    for path in outcome.findings:
        print(f"  finding: {path}\n    {campaign.fuzzer()} {path}")
    if outcome.findings:
        print("\n".join(outcome.log.splitlines()[-40:]))
    return not outcome.findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="of the whole run (60)")
    parser.add_argument("--minimise", action="store_true", help="renew tests/native/fuzz/corpus")
    options = parser.parse_args()
    if options.seconds < 4:
        parser.error(f"--seconds {options.seconds}: must be 4 or more")
    if reason := campaign.missing():
        print(f"error: {reason}", file=sys.stderr)
        return 1
    seeds, public = WORK / "seeds", _public_models()
    write_seeds(seeds, MODELS_EACH)
    part = options.seconds // 4 if public else 0
    corpus, findings = WORK / "corpus", WORK / "findings"
    begin = [seeds, campaign.CORPUS, campaign.FOUND]
    clean = _report(
        "random models",
        campaign.run(corpus, begin, findings, options.seconds - part, MOST_BYTES),
    )
    if clean and public:
        outcome = campaign.run(WORK / "public", [public], findings, part, PUBLIC_BYTES)
        clean = _report("public models", outcome)
    if clean and options.minimise:
        kept = campaign.minimise(corpus, campaign.CORPUS, KEPT_BYTES)
        print(f"  tests/native/fuzz/corpus: {kept} files")
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
