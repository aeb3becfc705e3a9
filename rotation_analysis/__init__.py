"""The retrospective of an SRE rotation programme: exports in, honest reports out."""
