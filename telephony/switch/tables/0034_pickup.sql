-- Calls can be picked up now.
UPDATE switch.default_code SET is_enabled = true WHERE action IN ('pickup', 'group_pickup');
