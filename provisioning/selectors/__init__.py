"""Read what provisioning keeps: the actor goes in, frozen values come out."""
