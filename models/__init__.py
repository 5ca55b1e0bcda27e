"""Models remember: tables, constraints, column types. No process, no page and no clock is known on this floor."""
