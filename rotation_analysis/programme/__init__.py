"""What is declared: `programme.toml`, sheets and words of the owner, questionnaires, plan, policy.

In comes a folder; out comes a `model.Programme`, read by `file.read_programme` and judged by
`inconsistencies`: all problems at once.  `tables` declares the canonical tables, one line a column,
`questionnaires` what is asked, `plan` what was planned beforehand, `policy` who may see what.
"""
