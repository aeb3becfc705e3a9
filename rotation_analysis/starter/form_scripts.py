"""Forms as a Google Apps Script that builds them: constant code, and the questions as one block of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files

from .form_rounds import Form

NO_FORMS = "const FORMS = [];\n"
UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What could end a line of the script, or show it in another order than it runs."""


def write_script(forms: Sequence[Form]) -> str:
    """The script that builds the forms; typed words stand in it as JSON texts only."""
    before, after = _read_code().split(NO_FORMS)
    told = json.dumps([asdict(form) for form in forms], ensure_ascii=False, indent=1)
    told = UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", told)
    return f"{before}const FORMS = {told};\n{after}"


@cache
def _read_code() -> str:
    return files("rotation_analysis").joinpath("templates", "forms.gs").read_text(encoding="utf-8")
