"""The verbs of telephony, one module for each topic."""
