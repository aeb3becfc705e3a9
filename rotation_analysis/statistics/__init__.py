"""Arrays in, numbers out: estimators for tiny samples, each with its source and a doctest.

`estimates` has means, shares and sign flips, `pooling` cohorts and skills, `survival` waiting with open
records, `association` slopes within persons, `team_differences` the dates teams could have been sent on;
`verdicts.judge` makes one of seven words of an estimate and the plan.
"""
