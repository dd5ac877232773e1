"""Joins the enhanced frames with everything else of the source."""
