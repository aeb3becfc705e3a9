"""Impact: what home teams solve by themselves, before and after, beside teams that never sent anybody.

In come cohorts, out come rows by team and programme.  Begin with `impact.measure_impact`; `team_outcomes`
says what is counted of a team, `team_counts` counts it over days, `comparisons` compares senders with
never-senders, `sensitivity` counts claims in other ways, `threats` says what disturbs the comparison.
"""
