"""Read what provisioning keeps: the actor goes in, frozen values come out."""

from provisioning.selectors.setups import CustomerStage, Standing, customers_with_stage

__all__ = ["CustomerStage", "Standing", "customers_with_stage"]
