"""Archives at work: units of them, each read by a process of its own, with one ledger over all."""
