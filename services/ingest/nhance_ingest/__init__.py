"""Cuts an uploaded video into frame batches."""
