"""Audit: check a finished folder: it is complete and unaltered, and names no one it must not name.

Start with `audit.audit_folder`. `files` reads the folder, `schema` checks keys and figures of its data,
`people` searches for names, accounts and texts of people. The audit reports findings and changes nothing.
"""
