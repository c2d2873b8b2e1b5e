"""Where results stand: the output folder, the result cache, an S3-compatible store."""
