"""Read what provisioning keeps: the actor goes in, frozen values come out."""

from provisioning.selectors.customer_stages import CustomerStage, customers_with_stage
from provisioning.selectors.setups import Standing

__all__ = ["CustomerStage", "Standing", "customers_with_stage"]
