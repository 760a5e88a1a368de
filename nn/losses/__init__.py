"""Losses: functions of arrays, a family in each file, and the modules that hold their settings."""
