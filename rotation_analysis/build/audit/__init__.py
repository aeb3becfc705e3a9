"""The audit: a finished folder is whole, and nobody stands in it who may not.

`audit.audit_folder` reads a finished folder (`files`): markup and links, keys and figures of its data
(`schema`), and what is known of people's names, accounts and words (`people`).  It finds, it mends nothing.
"""
