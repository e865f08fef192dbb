"""How many flee and to where, learnt from several crises and judged on the ones left out.

The rules of displacement in daily steps, for crises of which little is known: places at war with
their people, roads, closures and sites. Their parameters are learnt from the counts of other crises.
This package reads folders of the reference model through its reader; nothing imports this package.
"""
