"""Benchmarks, each beside a yardstick of the same run. Processes of clients import little."""
