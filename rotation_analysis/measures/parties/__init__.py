"""What a stay costs and gives: host team, home team, organisation, and where people went afterwards.

In come cohorts, out come rows by cohort and programme.  `hosting` and `break_even` are the host's side,
`home_survey` the home teams', `costs` the account of both, `spread` what reached others, `rounds` answers
of surveys without names.
"""
