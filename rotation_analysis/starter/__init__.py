"""The beginning of an own programme: folder, questionnaires to send, and what `check` and `inspect` find.

`init` writes the folder of a new programme, `forms` the questionnaires (as scripts, pages and workbooks, by
`form_items`, `form_rounds` and `form_schedule`), `inspection` tells what files and programme hold and what
is still to do.
"""
