"""Watch crises: fetch what is due, run what changed, compare with the last run, stage alerts. Never twice."""
