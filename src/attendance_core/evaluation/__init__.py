"""Evaluation: whether help helped, held against what was to be expected without it."""
