"""Metrics in the text form of Prometheus.

A process counts in memory (`recorder`), shares its counts with the other processes
(`snapshots`), and answers for all of them (`view`). docs/decisions/0087 says why
prometheus-client's own multiprocess mode is not used.
"""
