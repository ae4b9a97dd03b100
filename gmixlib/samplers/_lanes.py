"""Loops over many observations in the lanes of vector registers, in one order whatever the processor and the compiler.

Left to itself a compiler may not vectorize a sum of floats, since that reorders it. Allowed to reorder, it chooses an
order by the processor, and by what it compiles the loop into: a sum then differs in its last digit between machines,
and between a process that compiles and one that finds compiled code on disk. So these loops are written in vectors.

Observations are marked by bits, 64 of them by a word, the first by its lowest bit.

numba's caches do not see a change of this file: change `_kernels.py` with it.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = 64
LANES = 8
FLOAT, INTEGER = ir.DoubleType(), ir.IntType(64)
FLOATS, INTEGERS = ir.VectorType(FLOAT, LANES), ir.VectorType(INTEGER, LANES)
SHORTS = ir.VectorType(ir.IntType(16), WORD)


def shuffle(builder: ir.IRBuilder, vector: ir.Value, lanes: list[int]) -> ir.Value:
    """The vector of some of a vector's lanes."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


def fill(builder: ir.IRBuilder, number: ir.Value, kind: ir.VectorType) -> ir.Value:
    """The vector that has a number in every lane."""
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, INTEGER(0))
    return shuffle(builder, first, [0] * kind.count)


def load(builder: ir.IRBuilder, array: Any, first: ir.Value, kind: ir.VectorType) -> ir.Value:
    """The vector of an array's elements from ``first`` on."""
    place = builder.bitcast(builder.gep(array.data, [first]), kind.as_pointer())
    return builder.load(place, align=1)


def add_lanes(builder: ir.IRBuilder, vector: ir.Value) -> ir.Value:
    """The sum of a vector's lanes, by halves."""
    width = LANES
    while width > 1:
        width //= 2
        halves = [shuffle(builder, vector, list(range(at, at + width))) for at in (0, width)]
        vector = builder.fadd(*halves)
    return builder.extract_element(vector, INTEGER(0))


def _count_ones(_context: Any, word: Any) -> Any:
    """How many bits of a word are 1."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, values: Any) -> ir.Value:
        return builder.ctpop(values[0])

    return types.int64(word), generate


def _lowest_one(_context: Any, word: Any) -> Any:
    """The place of the lowest bit that is 1, of a word that has one."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, values: Any) -> ir.Value:
        return builder.cttz(values[0], ir.IntType(1)(1))

    return types.int64(word), generate


def _mark_band(_context: Any, random: Any, first: Any, low: Any, last: Any) -> Any:
    """A word that marks which numbers of 16 bits are from ``low`` to ``low + last``, in 16 words from ``first`` on."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        array = context.make_array(signature.args[0])(context, builder, values[0])
        numbers = load(builder, array, values[1], SHORTS)
        low, last = (fill(builder, value, SHORTS) for value in values[2:])
        inside = builder.icmp_unsigned("<=", builder.sub(numbers, low), last)
        return builder.bitcast(inside, INTEGER)

    return types.uint64(random, first, low, last), generate


def _sum_marked(_context: Any, marks: Any, y: Any, mu: Any) -> Any:
    """Sum deviations from ``mu`` of marked observations, and their squares, without the last that fill no word."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        words, points = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:2], values[:2], strict=True)
        )
        centre, zero = fill(builder, values[2], FLOATS), ir.Constant(FLOATS, [0.0] * LANES)
        # Two sums of each kind, so that an addition need not wait for the one before it.
        sums = [[cgutils.alloca_once_value(builder, zero) for _ in range(2)] for _ in range(2)]
        with cgutils.for_range(builder, builder.sdiv(points.nitems, INTEGER(WORD))) as loop:
            word = fill(builder, builder.load(builder.gep(words.data, [loop.index])), INTEGERS)
            for at in range(0, WORD, LANES):
                bits = ir.Constant(INTEGERS, [1 << (at + lane) for lane in range(LANES)])
                marked = builder.icmp_unsigned("==", builder.and_(word, bits), bits)
                first = builder.add(builder.mul(loop.index, INTEGER(WORD)), INTEGER(at))
                deviation = builder.fsub(load(builder, points, first, FLOATS), centre)
                deviation = builder.select(marked, deviation, zero)
                for pair, term in zip(sums, (deviation, builder.fmul(deviation, deviation)), strict=True):
                    total = pair[at // LANES % 2]
                    builder.store(builder.fadd(builder.load(total), term), total)
        totals = [add_lanes(builder, builder.fadd(*map(builder.load, pair))) for pair in sums]
        return context.make_tuple(builder, signature.return_type, totals)

    return types.UniTuple(types.float64, 2)(marks, y, mu), generate


count_ones: Any = intrinsic(_count_ones)
lowest_one: Any = intrinsic(_lowest_one)
mark_band: Any = intrinsic(_mark_band)
sum_marked: Any = intrinsic(_sum_marked)
