"""Pure formulas: proper scores, calibration, verification of triggers."""
