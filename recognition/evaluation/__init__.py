"""How well it does: validation, scores, curves, the terminal's summary, the report."""
