"""Programme and tables laid out by people, teams and days.

`cohort.resolve` takes a programme and its tables; what falls out is set aside in the account.  `people` and
`mentions` say who is meant, `sendings` whose answers count and which round they belong to, `resolution` who
did what, `exposure` and `clock` working weeks and business hours, `cuts` records by phase.
"""
