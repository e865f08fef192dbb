"""One state of the war, day by day, from deaths, events and control known by the moment."""

from forestall.war.state import STATES, Spell, State, War, moments_of, read_war, war_days

__all__ = ["STATES", "Spell", "State", "War", "moments_of", "read_war", "war_days"]
