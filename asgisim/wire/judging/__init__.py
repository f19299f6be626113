"""The judge of servers: both sides compared, as short checks in tables by protocol."""
