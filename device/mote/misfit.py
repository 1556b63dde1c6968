# SPDX-License-Identifier: Apache-2.0
"""Words for a model that does not fit its pipeline. Loads only when one is refused."""

from .chain import place


def misfit(config, typecode, given, output, sizes):
    """What is wrong, and the remedy; sizes: (key, what the pipeline has, what the model has)."""
    if given.dtype != "int8" or output.dtype != "int8":
        return (
            "pipeline: the model takes %s and gives %s, must be int8: convert it with inputs and outputs of int8"
            % (given.dtype, output.dtype)
        )
    if typecode != "b":
        stages = config["stages"]
        where = place(len(stages), stages[-1]) if stages else "stages"
        return (
            "%s: is the last one and gives no int8, as the model takes: let toModel or quantize follow"
            % where
        )
    wrong = [size for size in sizes if size[1] != size[2]]
    return "pipeline: %s is %d, but the model has %d" % wrong[0]
