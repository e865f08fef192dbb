"""The page that one keeps open: runs read by address, each with its data, and runs started as jobs."""
