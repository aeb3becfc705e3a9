"""Cohorts: match records to people, teams, survey rounds, phases and days.

In: a programme and its tables. Out: `cohort.Cohorts`, made by `cohort.build_cohorts`; records that match
nothing are set aside in the account. `people` and `name_detection` find who is meant, `submissions` which
answers count and for which round, `record_matching` who did what; `working_weeks`, `clock` and `periods`
measure time.
"""
