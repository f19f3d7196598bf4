"""A large portal to measure: a few dozen projects made by the real workflow, then copied by the thousand inside the database."""
