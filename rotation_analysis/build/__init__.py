"""Publications become a folder of pages: all or nothing, and nothing twice.

`report.build_reports` is asked by the command line: it finds what is there already (`keeping`, `manifests`);
`assembly` reads, makes, has the folder audited (`audit`) and puts it in place (`folders`).  `planning`
lists the reports, `notebooks` runs them here, `cluster` elsewhere, `making` and `pages` make the files of one
report, `printing` PDF and SVG, `publishing` the release history.
"""
