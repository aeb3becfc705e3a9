"""Notebooks run, each in a fresh process.

`running.run_all` takes orders and gives what each notebook showed: papermill with an engine of ours, in a
process forked from one that has imported everything (`warm`).  `notebook_files` finds our notebooks and reads
and checks their parameters.
"""
