"""Random streams keyed by (seed, name, draw, place, step).

A stream's numbers depend on its key alone, so that an option that does not touch a place, a
draw or a step leaves all others untouched, and the number of workers does not matter.
"""

import hashlib

import numpy as np

from forestall.core.arrays import Floats, Hashes, Ints

GAMMA = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
"""Constants of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195)."""


def key_of(seed: int, *parts: str | int) -> int:
    """Return the 64-bit key of a seed and any names and numbers.

    Examples
    --------
    >>> key_of(1, "onset") == key_of(1, "onset"), key_of(1, "onset") == key_of(2, "onset")
    (True, False)
    """
    text = "\x1f".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def stream(seed: int, name: str, *, draw: int = 0, place: str = "", step: int = 0) -> np.random.Generator:
    """Return a generator for one key.

    Examples
    --------
    >>> bool(stream(1, "a").random() == stream(1, "a").random())
    True
    """
    return np.random.Generator(np.random.Philox(key=key_of(seed, name, draw, place, step)))


def resampler(seed: int) -> np.random.Generator:
    """Return a generator that resamples what was scored, for the interval of a score.

    Its numbers depend on the order in which they are asked for: right for one bootstrap, wrong for the
    futures of a run, which take :func:`stream`.

    Examples
    --------
    >>> bool(resampler(1).random() == resampler(1).random())
    True
    """
    return np.random.default_rng(seed)


def _mix(state: Hashes) -> Hashes:
    """Return the SplitMix64 output function (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195)."""
    state = (state ^ (state >> np.uint64(30))) * MIX_1
    state = (state ^ (state >> np.uint64(27))) * MIX_2
    return state ^ (state >> np.uint64(31))


def uniforms(seed: int, name: str, draws: int | Ints, *, place: str = "", step: int = 0) -> Floats:
    """Return one number in (0, 1) per draw; each depends on its own draw number only.

    Parameters
    ----------
    seed : int
        Seed of the run.
    name : str
        Name of the quantity.
    draws : int or array of int, shape (d,)
        Number of draws, or the draw numbers themselves.
    place : str
        Place.
    step : int
        Time step.

    Returns
    -------
    array of float, shape (d,)

    Examples
    --------
    >>> bool((uniforms(1, "share", 3) == uniforms(1, "share", 5)[:3]).all())
    True
    """
    numbers = np.arange(draws, dtype=np.uint64) if isinstance(draws, int) else draws.astype(np.uint64)
    key = np.uint64(key_of(seed, name, place, step))
    with np.errstate(over="ignore"):
        bits = _mix(_mix(key + (numbers + np.uint64(1)) * GAMMA) + key)
    return (np.right_shift(bits, np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(seed: int, name: str, draws: int | Ints, *, place: str = "", step: int = 0) -> Floats:
    """Return one standard normal number per draw, by inversion of :func:`uniforms`.

    Examples
    --------
    >>> normals(1, "x", 2).shape
    (2,)
    """
    from scipy.special import ndtri

    values: Floats = ndtri(uniforms(seed, name, draws, place=place, step=step))
    return values
