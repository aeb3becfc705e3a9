"""Starter: `init`, `forms`, `inspect` and `check`.

`init` writes the folder of a new programme, `forms` the surveys as scripts, pages and workbooks
(`form_items`, `form_rounds`, `form_workbooks`); `inspection` reports what files and programme contain and
what is still missing.
"""
