"""Measures: cohorts in, measure rows out (`measure_row.Measure`), one package per subject.

`skills` covers growth, opportunities and follow-up, `workload` requests, waiting, incidents, improvements,
time and strain, `parties` costs and benefits for host team, home teams and organisation, `impact` sending
teams compared with teams that have not sent anyone. Measures are pure functions: no texts, no charts, no
files.
"""
