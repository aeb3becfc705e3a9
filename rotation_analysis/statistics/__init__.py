"""Statistics: arrays in, numbers out; estimators for tiny samples, each with its source and a doctest.

`estimates` has means, shares and sign flips, `pooling` combines cohorts and skills, `survival` estimates
waiting times with open records, `within_person` slopes within people, `randomisation_test` compares teams
over the dates they could have left on. `verdicts.judge` turns an estimate and the plan into one of seven
verdicts.
"""
