"""A plugin whose import fails."""

raise RuntimeError("the licence\nhas run out")
