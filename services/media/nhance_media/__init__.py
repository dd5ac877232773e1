"""Everything in nhance that knows about media. The only package that imports PyAV."""
