"""What the process that others are forked from has done: what every report needs and nothing that differs."""

from importlib import import_module

import nbformat

from ...reports import REPORTS
from ...texts import list_languages, read_texts
from ..pages import read_plotly
from .running import make_shell

for name in ("papermill.execute", "rotation_analysis.build.making"):
    import_module(name)
for name in REPORTS:
    import_module(f"rotation_analysis.reports.{name}")
for language in list_languages():
    read_texts(language)
read_plotly()
nbformat.validate(nbformat.v4.new_notebook())
make_shell()
