"""Carry calls as two legs each, so that what happens to them can be decided anywhere; imports nothing of Django."""
