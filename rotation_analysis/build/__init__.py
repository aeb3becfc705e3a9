"""Build: turn publications into a folder of reports, all or nothing, and reuse what has not changed.

Start with `report.build_reports`: `manifest` finds what can be reused, `assembly` builds the rest and the
index, has the folder audited (`audit`) and replaces the old one (`folder`). `planning` lists the reports,
`notebooks` runs them locally, `cluster` on dask workers, `making` and `pages` write the files of one report.
`pdf` prints pages, `publishing` keeps the release history.
"""
