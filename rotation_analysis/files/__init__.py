"""Files: bytes become records, records become typed cells, strictly and with their places.

In come the bytes of CSV, XLSX, JSON and TOML files; out come records of text (`records.read_records`,
`documents`), values (`cells`, `amounts`) and declarations as models (`declarations`).  Only `decoding` and
`workbooks` open what people export.  Begin with `records`; nothing here knows a programme.
"""
