"""The public REST API of nhance: videos come in, jobs are told of, enhanced videos go out."""
