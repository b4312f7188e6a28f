"""Write what provisioning decides: one verb a function, one transaction each."""
