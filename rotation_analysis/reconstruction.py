"""Which answers of hidden people follow from everything that went out: every answer set is tried."""
