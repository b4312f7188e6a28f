"""What telephony tells its readers, one module for each topic."""
