"""Reports: document trees from figures, outlines for each audience, and disclosure control."""
