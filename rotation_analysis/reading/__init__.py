"""Reading: turn export files into tables and an account; every record is used, excluded or rejected.

Start with `exports.read_exports`. For each file `profile_matching` finds profile, header and table,
`columns` types the columns, `answers` turns survey columns into answers,
`record_status` decides the fate of each record; then `deduplication` excludes copies and `account` adds up.
`profiles` describes the files of a tool.
"""
