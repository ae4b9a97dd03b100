"""NumPy's own distributions for compiled code, which draws what a `numpy.random.Generator` would draw.

numba has distributions of its own for a Generator, with the same draws, but compiles them anew for whoever calls them:
a fifth of what the first call of a sampler waits for. NumPy's are compiled already. They are part of its interface for
C (``numpy/random/distributions.h``), and are found in a library file as in NumPy's example of their use from cffi.
Where that file does not export them, as on Windows, numba's are used.
"""

import ctypes
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import types
from numpy.random import _generator

from gmixlib.samplers._compiled import inner

LIBRARY = ctypes.CDLL(_generator.__file__)
EXPORTED = hasattr(LIBRARY, "random_standard_gamma")


def external(name: str, *arguments: types.Type) -> types.ExternalFunction:
    """A function of the library that takes the address of a ``bitgen_t`` and ``arguments``, and returns a float."""
    llvm.add_symbol(name, ctypes.cast(getattr(LIBRARY, name), ctypes.c_void_p).value)
    return types.ExternalFunction(name, types.float64(types.uintp, *arguments))


standard_uniform: Any
standard_normal: Any
standard_exponential: Any
standard_gamma: Any
if EXPORTED:
    standard_uniform = external("random_standard_uniform")
    standard_normal = external("random_standard_normal")
    standard_exponential = external("random_standard_exponential")
    standard_gamma = external("random_standard_gamma", types.float64)
else:
    standard_uniform = inner(lambda rng: rng.random())
    standard_normal = inner(lambda rng: rng.standard_normal())
    standard_exponential = inner(lambda rng: rng.standard_exponential())
    standard_gamma = inner(lambda rng, shape: rng.standard_gamma(shape))


def bitgen_of(rng: np.random.Generator) -> Any:
    """What these draw from: the address of a generator's ``bitgen_t``, valid while it is kept, or the generator."""
    return np.uintp(rng.bit_generator.ctypes.bit_generator.value) if EXPORTED else rng
