"""Improvement plans and agendas: drafting, status, targets, reviews, roll-over, publishing, tables."""
