"""Values: frozen, keyword-only, one noun a file. Nothing here reads, computes over marks, or knows a format."""
