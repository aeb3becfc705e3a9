"""Skills: growth by rater and survey round, opportunities to practise, use after the return.

In: cohorts. Out: rows for people, cohorts and the programme. Start with `skills.measure_skills`; `ratings`
names every difference between ratings that can be claimed, `surveys` counts what else was answered.
"""
