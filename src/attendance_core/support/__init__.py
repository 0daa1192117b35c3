"""Support: what was offered to a pupil and family, by whom, when, how it went, and what comes next."""
