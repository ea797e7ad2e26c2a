"""Helpers of groups that are in beta."""
