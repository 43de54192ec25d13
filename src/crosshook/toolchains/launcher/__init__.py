"""What stands in front of zig: programs that are written to disk and started for every source."""
