"""The work on one job for one slice: read the input file, answer items, write the output files.

`job_slice.advance` claims a job by a lease. Its items go to the engine, and their outcomes go into
the database while the lease is held.
"""
