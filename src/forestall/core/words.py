"""Plain words beside every probability."""

# Bands and words of the IPCC calibrated likelihood scale (Mastrandrea et al. 2011,
# doi:10.1007/s10584-011-0178-6), without its overlap: a number has one word.
_BANDS = (
    (0.01, "exceptionally unlikely"),
    (0.10, "very unlikely"),
    (0.33, "unlikely"),
    (0.66, "about as likely as not"),
    (0.90, "likely"),
    (0.99, "very likely"),
    (1.01, "virtually certain"),
)


def probability_words(p: float | None) -> str:
    """Return the words for a probability; unknown stays unknown.

    Examples
    --------
    >>> probability_words(0.16), probability_words(None)
    ('unlikely', 'not assessed')
    """
    if p is None or p != p:  # noqa: PLR0124 - not a number is the one value unequal to itself
        return "not assessed"
    return next(words for bound, words in _BANDS if p < bound)


def frequency_words(p: float) -> str:
    """Return a probability as a frequency people can picture.

    Examples
    --------
    >>> frequency_words(0.16), frequency_words(0.004)
    ('about 16 in 100', 'fewer than 1 in 100')
    """
    if p < 0.01:
        return "fewer than 1 in 100"
    if p > 0.99:
        return "more than 99 in 100"
    return f"about {round(p * 100)} in 100"
