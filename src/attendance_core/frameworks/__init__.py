"""Framework packs and the crosswalk: loading, lint, a school's own wording, differences, gaps, tidy frames."""
