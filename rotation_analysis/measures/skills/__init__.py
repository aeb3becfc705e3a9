"""Skills: growth by rater and round, chances to learn, what is used after the return.

In come cohorts, out come rows of persons, cohorts and the programme.  Begin with `skills.measure_skills`;
`ratings` names every difference of levels that may be claimed, `growth` pools it over the programme.
"""
