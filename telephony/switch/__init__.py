"""What the switch reads and calls in the database: views and functions, one SQL file each, owned by switch_owner."""
