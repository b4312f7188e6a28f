"""Show people what changes while they look: one stream of server-sent events for each open page."""
