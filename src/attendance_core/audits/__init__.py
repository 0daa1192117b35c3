"""Audits: answers to a framework, their status under named rules, what a register says of them, and agreement."""
