"""Attacks on crosshook: bad inputs, kills, damaged caches, full disks, concurrent deliveries."""
