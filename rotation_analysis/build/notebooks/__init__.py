"""Notebooks: run each report notebook in a fresh process.

`running.run_all` takes orders and yields what each notebook displayed: papermill with an engine of our own,
in a process forked from one that has imported everything (`warm`). `notebook_files` finds our notebooks and
checks their parameters.
"""
