"""How long a part of the attack goes on: its time, and never less than so many tries."""

import time
from dataclasses import dataclass


@dataclass
class Until:
    """Time and least number of tries of a part, counting its tries.

    Parameters
    ----------
    seconds : float
        Time from now.
    floor : int
        Tries that are made even where the time is over.
    """

    seconds: float
    floor: int
    tried: int = 0

    def __post_init__(self) -> None:
        """Begin now."""
        self.end = time.monotonic() + self.seconds

    def over(self) -> bool:
        """Return whether to stop; asked once before each try, which it counts."""
        if self.tried >= self.floor and time.monotonic() > self.end:
            return True
        self.tried += 1
        return False
