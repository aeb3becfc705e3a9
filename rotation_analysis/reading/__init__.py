"""Exports become tables and an account: every record is used, set aside or refused, with the reason.

One walk: `exports.read_exports` takes each source's files, `dialects` finds profile, header and table,
`fields` types the columns, `answers` turns survey columns into answers, `overlaps` finds copies, `outcomes`
decides each record's fate, `account` adds up.  `profiles` says how a tool's files look, `drafts` begins one.
"""
