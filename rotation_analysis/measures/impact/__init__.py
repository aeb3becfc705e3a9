"""Impact: what home teams solve by themselves, before and after, compared with teams that sent no one.

In: cohorts. Out: rows by team and programme. Start with `impact.measure_impact`; `team_outcomes` defines
what is counted for a team, `team_counts` counts it over days, `team_comparison` compares sending and
comparison teams and repeats claims with other choices. What teams say themselves is in `parties.home_survey`.
"""
