"""The tests live in the whole house; folders mirror the floors, names are sentences."""
