"""Costs and benefits for the three parties, and where participants went after their rotation.

In: cohorts. Out: rows by cohort and programme. `hosting_cost` and `break_even` cover the host team,
`home_survey` the home teams, `costs` the account of both, `knowledge_sharing` the organisation; `rounds`
groups anonymous survey answers by month.
"""
