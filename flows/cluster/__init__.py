"""An audit on a Dask cluster. Needs guantong[cluster]."""
