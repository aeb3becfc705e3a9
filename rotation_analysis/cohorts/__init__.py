"""Cohorts: match records to people, teams, survey rounds, phases and days.

In: a programme and its tables. Out: `cohort.Cohorts`, built by `cohort.build_cohorts`; the account records
why a record is excluded. `people` and `name_detection` resolve names, `submissions` assigns answers to
rounds, `record_matching` resolves who did what; `working_weeks`, `clock` and `periods` measure time.
"""
