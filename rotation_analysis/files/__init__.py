"""Files: turn bytes into records and records into typed cells, strictly and with their places.

In: the bytes of CSV, XLSX, JSON and TOML files. Out: text records (`records.read_records`, `documents`),
values (`cells`) and declarations as models (`declarations`). Only `decoding` and
`workbooks` open exported files. Start with `records`; nothing here depends on a programme.
"""
