"""The one way marks come in: layouts, values, codes, enrolments, duplicates, and an account of all of it."""
