"""The frame batch: what passes between ingest, enhance and mux."""
