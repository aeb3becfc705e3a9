"""Programme: everything declared in `programme.toml`, the owner's sheets and texts, surveys, plan and policy.

In: a folder. Out: a `model.Programme`, read by `file.read_programme` and checked by `validation`, which
reports all problems at once. `tables` declares the canonical tables, one line per column, `questionnaires`
the surveys, `plan` what was pre-specified, `policy` who may see what.
"""
