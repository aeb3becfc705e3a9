"""Cohorts in, measure rows out (`measure_row.Measure`), one room a subject.

`skills` has growth, chances and what lasts, `workload` requests, waiting, incidents, improvements, time and
strain, `parties` what it costs and gives hosts, home teams and the organisation, `impact` sender teams beside
teams that never sent anybody.  Measures are pure: no words, no pictures, no files.
"""
