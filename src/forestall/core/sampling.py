"""Counts and numbers drawn inside kernels, for the cells of a stream of :mod:`forestall.core.random`.

Every number is a function of integers: the key of a named stream (seed and name), and the draw,
place and step it is for.  A cell's numbers therefore never depend on any other cell, on the order
in which cells are visited, or on how many workers share the work.

The generator is splitmix64 [1]_ started from a state mixed out of the five integers.  The compiled
functions take a state and return ``(value, state)``, so that a rejection step may use as many
uniforms as it needs; they are meant to be called from compiled kernels.  Plain Python calls the
plural forms (``uniforms``, ``normals``, ``poissons``, ``binomials``, ``multinomials``) on arrays.

References
----------
.. [1] Steele, G. L., Lea, D., Flood, C. H. (2014). Fast splittable pseudorandom number
   generators. OOPSLA 2014. doi:10.1145/2660193.2660195
.. [2] Hormann, W. (1993). The generation of binomial random variates. Journal of Statistical
   Computation and Simulation 46, 101-110. doi:10.1080/00949659308811496
.. [3] Hormann, W. (1993). The transformed rejection method for generating Poisson random
   variables. Insurance: Mathematics and Economics 12, 39-45. doi:10.1016/0167-6687(93)90997-4
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from forestall.core.arrays import Floats, Hashes, Ints
from forestall.core.kernels import compiled, inlined
from forestall.core.random import GAMMA, MIX_1, MIX_2, key_of

_SALT_DRAW = np.uint64(0xD1B54A32D192ED03)
_SALT_PLACE = np.uint64(0xABC98388FB8FAC03)
_SALT_STEP = np.uint64(0x8CB92BA72F3D8DD7)
_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)
_TO_UNIT = 2.0**-53
_INVERSION_BELOW = 10.0
"""Mean below which counts are drawn by inversion; transformed rejection needs at least 10."""
_COUNT_BELOW = 8
"""Number of people below which each is asked: cheaper than an exponential."""


def stream_key(seed: int, name: str) -> np.uint64:
    """Key of a named random stream.

    Parameters
    ----------
    seed : int
        The one seed of a run.
    name : str
        Name of the process, for example ``"departures"``.

    Returns
    -------
    numpy.uint64
        First eight bytes of BLAKE2b over seed and name.

    Examples
    --------
    >>> bool(stream_key(1, "moves") == stream_key(1, "moves"))
    True
    >>> bool(stream_key(1, "moves") == stream_key(2, "moves"))
    False
    """
    return np.uint64(key_of(seed, name))


def place_number(place: str) -> np.uint64:
    """Integer that stands for a place id in a key, independent of all other places.

    Examples
    --------
    >>> bool(place_number("Goris") == place_number("Goris"))
    True
    """
    digest = blake2b(place.encode(), digest_size=8, person=b"place").digest()
    return np.uint64(int.from_bytes(digest, "little"))


@inlined
def mix(z: np.uint64) -> np.uint64:
    """Finalise splitmix64: a bijection of 64-bit integers that scatters neighbours."""
    z = np.uint64(z)
    z = (z ^ (z >> _S30)) * MIX_1
    z = (z ^ (z >> _S27)) * MIX_2
    return z ^ (z >> _S31)


@inlined
def cell_state(key: np.uint64, draw: int, place: int | np.uint64, step: int) -> np.uint64:
    """State from which the numbers of one cell (stream, draw, place, step) are made."""
    state = mix(np.uint64(key) ^ mix(np.uint64(draw) + _SALT_DRAW))
    state = mix(state ^ mix(np.uint64(place) + _SALT_PLACE))
    return mix(state ^ mix(np.uint64(step) + _SALT_STEP))


@inlined
def uniform(state: np.uint64) -> tuple[float, np.uint64]:
    """Uniform number in [0, 1) with 53 random bits, and the next state."""
    state = np.uint64(state) + GAMMA
    return np.float64(mix(state) >> _S11) * _TO_UNIT, state


@compiled
def normal(state: np.uint64) -> tuple[float, np.uint64]:
    """Return a standard normal number by the Box-Muller transform, and the next state."""
    first, state = uniform(state)
    second, state = uniform(state)
    return math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(2.0 * math.pi * second), state


@compiled
def _stirling_error(k: float) -> float:
    """Return ln k! minus Stirling's formula in (k+1): the tail of the series of ln Gamma(k+1)."""
    if k < 10.0:
        exact = math.lgamma(k + 1.0)
        return exact - ((k + 0.5) * math.log(k + 1.0) - (k + 1.0) + 0.9189385332046727)
    inverse = 1.0 / (k + 1.0)
    square = inverse * inverse
    return (1.0 / 12.0 - (1.0 / 360.0 - square / 1260.0) * square) * inverse


@compiled
def _binomial_count(n: int, p: float, state: np.uint64) -> tuple[int, np.uint64]:
    """Ask each of a few people."""
    k = 0
    for _ in range(n):
        u, state = uniform(state)
        if u < p:
            k += 1
    return k, state


@compiled
def _binomial_inversion(n: int, p: float, state: np.uint64) -> tuple[int, np.uint64]:
    """Walk up the distribution function; needs about n p steps, p <= 1/2."""
    odds = p / (1.0 - p)
    start = math.exp(n * math.log1p(-p))
    while True:
        u, state = uniform(state)
        k, mass = 0, start
        while u >= mass and k < n:
            u -= mass
            k += 1
            mass *= odds * (n - k + 1) / k
            if mass < 1e-300:
                break
        if u < mass:
            return k, state
        # rounding left u beyond the last mass that a double can hold: draw again


@compiled
def _binomial_rejection(n: int, p: float, state: np.uint64) -> tuple[int, np.uint64]:
    """Draw by transformed rejection with squeeze (BTRS of reference 2); n p >= 10, p <= 1/2."""
    spread = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    alpha = (2.83 + 5.1 / b) * spread
    squeeze = 0.92 - 4.2 / b
    while True:
        u, state = uniform(state)
        v, state = uniform(state)
        u -= 0.5
        distance = 0.5 - abs(u)
        if distance <= 0.0:
            continue
        k = math.floor((2.0 * a / distance + b) * u + centre)
        if k < 0 or k > n:
            continue
        if distance >= 0.07 and v <= squeeze:
            return int(k), state
        height = v * alpha / (a / (distance * distance) + b)
        if height <= 0.0 or math.log(height) <= _log_mass_ratio(n, p, k):
            return int(k), state


@compiled
def _log_mass_ratio(n: float, p: float, k: float) -> float:
    """Return ln of P(k) / P(mode) of a binomial, accurate for n of 1e9 and more."""
    mode = math.floor((n + 1) * p)
    log_odds = math.log(p / (1.0 - p))
    upper = math.log1p((k - mode) / (n - k + 1.0))
    ratio = (mode + 0.5) * math.log1p((mode - k) / (k + 1.0))
    ratio += (n - mode + 0.5) * upper
    ratio += (k - mode) * (log_odds + math.log((n - k + 1.0) / (k + 1.0)))
    ratio += _stirling_error(mode) + _stirling_error(n - mode)
    return ratio - _stirling_error(k) - _stirling_error(n - k)


@compiled
def binomial(n: int, p: float, state: np.uint64) -> tuple[int, np.uint64]:
    """How many of ``n`` do what each does with probability ``p``, and the next state.

    Exact in distribution: a few people are asked one by one; inversion where ``n min(p, 1-p)`` is
    below 10; else transformed rejection (reference 2).
    """
    if n <= 0 or p <= 0.0:
        return 0, state
    if p >= 1.0:
        return n, state
    if n < _COUNT_BELOW:
        return _binomial_count(n, p, state)
    small = p if p <= 0.5 else 1.0 - p
    if n * small < _INVERSION_BELOW:
        k, state = _binomial_inversion(n, small, state)
    else:
        k, state = _binomial_rejection(n, small, state)
    return (k if p <= 0.5 else n - k), state


@compiled
def multinomial(n: int, weights: Floats, out: Ints, state: np.uint64) -> np.uint64:
    """Split ``n`` people over places in proportion to ``weights``; returns the next state.

    Sequential conditional binomials; ``out`` receives the counts, whose sum is ``n`` to the
    person.  Weights need not sum to one.  If every weight is zero the places are equally likely.
    """
    size = weights.shape[0]
    left, total, last = n, 0.0, -1
    for i in range(size):
        out[i] = 0
        if weights[i] > 0.0:
            total += weights[i]
            last = i
    even = last < 0
    if even:
        total, last = float(size), size - 1
    for i in range(size):
        if left == 0:
            break
        weight = 1.0 if even else weights[i]
        if i == last:
            out[i] = left
            break
        if weight > 0.0:
            out[i], state = binomial(left, weight / total, state)
            left -= out[i]
            total -= weight
    return state


@compiled
def _poisson_inversion(mean: float, state: np.uint64) -> tuple[int, np.uint64]:
    start = math.exp(-mean)
    while True:
        u, state = uniform(state)
        k, mass = 0, start
        while u >= mass > 1e-300:
            u -= mass
            k += 1
            mass *= mean / k
        if u < mass:
            return k, state


@compiled
def _poisson_rejection(mean: float, state: np.uint64) -> tuple[int, np.uint64]:
    """Draw by transformed rejection with squeeze (PTRS of reference 3); mean >= 10."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, state = uniform(state)
        v, state = uniform(state)
        u -= 0.5
        distance = 0.5 - abs(u)
        if distance <= 0.0:
            continue
        k = math.floor((2.0 * a / distance + b) * u + mean + 0.43)
        if distance >= 0.07 and v <= squeeze:
            return int(k), state
        if k < 0 or (distance < 0.013 and v > distance):
            continue
        height = v * inverse_alpha / (a / (distance * distance) + b)
        if height <= 0.0 or math.log(height) <= k * math.log(mean) - mean - math.lgamma(k + 1.0):
            return int(k), state


@compiled
def poisson(mean: float, state: np.uint64) -> tuple[int, np.uint64]:
    """Poisson count with the given mean, and the next state."""
    if mean <= 0.0:
        return 0, state
    if mean < _INVERSION_BELOW:
        return _poisson_inversion(mean, state)
    return _poisson_rejection(mean, state)


@compiled
def _fill_uniforms(key: np.uint64, cells: Hashes, out: npt.NDArray[Any]) -> None:
    for i in range(out.shape[0]):
        out[i], _ = uniform(cell_state(key, cells[0, i], cells[1, i], cells[2, i]))


@compiled
def _fill_normals(key: np.uint64, cells: Hashes, out: npt.NDArray[Any]) -> None:
    for i in range(out.shape[0]):
        out[i], _ = normal(cell_state(key, cells[0, i], cells[1, i], cells[2, i]))


@compiled
def _fill_poissons(
    key: np.uint64,
    mean: Floats,
    cells: Hashes,
    out: Ints,
) -> None:
    for i in range(out.shape[0]):
        out[i], _ = poisson(mean[i], cell_state(key, cells[0, i], cells[1, i], cells[2, i]))


@compiled
def _fill_binomials(
    key: np.uint64,
    n: Ints,
    p: Floats,
    cells: Hashes,
    out: Ints,
) -> None:
    for i in range(out.shape[0]):
        out[i], _ = binomial(n[i], p[i], cell_state(key, cells[0, i], cells[1, i], cells[2, i]))


@compiled
def _fill_multinomials(
    key: np.uint64,
    n: Ints,
    weights: Floats,
    place: np.uint64,
    step: int,
    out: Ints,
) -> None:
    for i in range(out.shape[0]):
        multinomial(n[i], weights, out[i], cell_state(key, i, place, step))


def _cells(
    draw: npt.ArrayLike, place: npt.ArrayLike, step: npt.ArrayLike, *values: npt.ArrayLike
) -> tuple[tuple[int, ...], Hashes, list[Floats]]:
    """Broadcast cells and values against each other; cells are (draw, place, step) rows."""
    index = [np.asarray(a, dtype=np.uint64) for a in (draw, place, step)]
    full = np.broadcast_arrays(*index, *(np.asarray(v) for v in values))
    cells = np.stack([np.ravel(a) for a in full[:3]])
    return full[0].shape, cells, [np.ravel(a) for a in full[3:]]


def uniforms(
    key: np.uint64, draw: npt.ArrayLike = 0, place: npt.ArrayLike = 0, step: npt.ArrayLike = 0
) -> Floats:
    """Uniform numbers in [0, 1), one for each cell.

    Parameters
    ----------
    key : numpy.uint64
        From :func:`stream_key`.
    draw, place, step : array_like of int, not negative
        The cell each number is for; ``place`` may come from :func:`place_number`.

    Examples
    --------
    >>> numbers = uniforms(stream_key(1, "demo"), draw=[0, 1, 2])
    >>> bool(((numbers >= 0) & (numbers < 1)).all())
    True
    """
    shape, cells, _ = _cells(draw, place, step)
    out = np.zeros(cells.shape[1])
    _fill_uniforms(key, cells, out)
    return out.reshape(shape)


def normals(
    key: np.uint64, draw: npt.ArrayLike = 0, place: npt.ArrayLike = 0, step: npt.ArrayLike = 0
) -> Floats:
    """Return standard normal numbers, one for each cell (arguments as for :func:`uniforms`).

    Examples
    --------
    >>> normals(stream_key(1, "demo"), draw=[0, 1, 2]).shape
    (3,)
    """
    shape, cells, _ = _cells(draw, place, step)
    out = np.zeros(cells.shape[1])
    _fill_normals(key, cells, out)
    return out.reshape(shape)


def poissons(
    key: np.uint64,
    mean: npt.ArrayLike,
    draw: npt.ArrayLike = 0,
    place: npt.ArrayLike = 0,
    step: npt.ArrayLike = 0,
) -> Ints:
    """Poisson counts, one for each cell (cells as for :func:`uniforms`).

    Examples
    --------
    >>> poissons(stream_key(1, "demo"), [0.0, 0.0]).tolist()
    [0, 0]
    """
    shape, cells, (means,) = _cells(draw, place, step, mean)
    out = np.zeros(cells.shape[1], dtype=np.int64)
    _fill_poissons(key, means.astype(np.float64), cells, out)
    return out.reshape(shape)


def binomials(
    key: np.uint64,
    n: npt.ArrayLike,
    p: npt.ArrayLike,
    draw: npt.ArrayLike = 0,
    place: npt.ArrayLike = 0,
    step: npt.ArrayLike = 0,
) -> Ints:
    """Binomial counts, one for each cell (cells as for :func:`uniforms`).

    Parameters
    ----------
    key : numpy.uint64
        From :func:`stream_key`.
    n, p : array_like
        People and probability, broadcast against each other and against the cells.

    Returns
    -------
    numpy.ndarray of int64
        Counts, in the broadcast shape.

    Examples
    --------
    >>> key = stream_key(1, "moves")
    >>> binomials(key, [0, 7, 5], [0.5, 1.0, 0.0]).tolist()
    [0, 7, 0]
    """
    shape, cells, (people, chance) = _cells(draw, place, step, n, p)
    out = np.zeros(cells.shape[1], dtype=np.int64)
    _fill_binomials(key, people.astype(np.int64), chance.astype(np.float64), cells, out)
    return out.reshape(shape)


def multinomials(
    key: np.uint64,
    n: npt.ArrayLike,
    weights: npt.ArrayLike,
    place: int = 0,
    step: int = 0,
) -> Ints:
    """Split people over places for every draw; row ``i`` is draw ``i``.

    Parameters
    ----------
    key : numpy.uint64
        From :func:`stream_key`.
    n : array_like of int, shape (draws,)
        People to split in each draw.
    weights : array_like of float, shape (places,)
        Relative weights, not negative.

    Returns
    -------
    numpy.ndarray of int64, shape (draws, places)
        Each row sums to its ``n``.

    Examples
    --------
    >>> key = stream_key(1, "destinations")
    >>> multinomials(key, [100, 10], [1.0, 0.0, 3.0]).sum(axis=1).tolist()
    [100, 10]
    """
    people = np.atleast_1d(np.asarray(n, dtype=np.int64))
    shares = np.ascontiguousarray(weights, dtype=np.float64)
    out = np.zeros((people.size, shares.size), dtype=np.int64)
    _fill_multinomials(key, people, shares, np.uint64(place), step, out)
    return out
