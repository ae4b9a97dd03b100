"""Sums over many observations in the lanes of vector registers, in one order whatever the processor and the compiler.

Left to itself a compiler may not vectorize a sum of floats, since that reorders it. Allowed to reorder, it chooses an
order by the processor, and by what it compiles the loop into: a sum then differs in its last digit between machines,
and between a process that compiles and one that finds compiled code on disk. So this loop is written in vectors.

numba's caches do not see a change of this file: change `_kernels.py` with it.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
FLOAT, INTEGER = ir.DoubleType(), ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, LANES)


def shuffle(builder: ir.IRBuilder, vector: ir.Value, lanes: list[int]) -> ir.Value:
    """The vector of some of a vector's lanes."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


def fill(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """The vector that has a number in every lane."""
    first = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, INTEGER(0))
    return shuffle(builder, first, [0] * LANES)


def add_lanes(builder: ir.IRBuilder, vector: ir.Value) -> ir.Value:
    """The sum of a vector's lanes, by halves."""
    width = LANES
    while width > 1:
        width //= 2
        halves = [shuffle(builder, vector, list(range(at, at + width))) for at in (0, width)]
        vector = builder.fadd(*halves)
    return builder.extract_element(vector, INTEGER(0))


def _sum_lanes(_context: Any, u: Any, y: Any, low: Any, high: Any, mu: Any) -> Any:
    """What `_kernels.sums_in_band` returns, without the last observations, which fill no vector: three floats."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:2], values[:2], strict=True)
        ]
        edges_and_centre = [fill(builder, value) for value in values[2:]]
        zero, one = ir.Constant(VECTOR, [0.0] * LANES), ir.Constant(VECTOR, [1.0] * LANES)
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(3)]
        vectors = builder.sdiv(arrays[0].nitems, INTEGER(LANES))
        with cgutils.for_range(builder, vectors) as loop:
            first = builder.mul(loop.index, INTEGER(LANES))
            places = [builder.gep(array.data, [first]) for array in arrays]
            places = [builder.bitcast(place, VECTOR.as_pointer()) for place in places]
            numbers, points = (builder.load(place, align=8) for place in places)
            above = builder.fcmp_ordered(">=", numbers, edges_and_centre[0])
            below = builder.fcmp_ordered("<", numbers, edges_and_centre[1])
            inside = builder.and_(above, below)
            deviation = builder.select(inside, builder.fsub(points, edges_and_centre[2]), zero)
            count, square = builder.select(inside, one, zero), builder.fmul(deviation, deviation)
            for total, term in zip(sums, (count, deviation, square), strict=True):
                builder.store(builder.fadd(builder.load(total), term), total)
        totals = [add_lanes(builder, builder.load(total)) for total in sums]
        return context.make_tuple(builder, signature.return_type, totals)

    return types.UniTuple(types.float64, 3)(u, y, low, high, mu), generate


sum_lanes: Any = intrinsic(_sum_lanes)
