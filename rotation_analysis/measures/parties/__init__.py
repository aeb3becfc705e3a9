"""Costs and benefits for the three parties, and where participants went after their rotation.

In: cohorts. Out: rows by cohort and programme. `hosting_cost` covers the host team up to the week from which
it is repaid, `home_survey` the home teams, `costs` the account of both, `organisation` what
spread and where stays ended; `rounds` groups anonymous survey answers by month.
"""
