"""What a running poller tells other processes of its machine: where its socket lies, what is asked and answered there.

Shared by both ends: the poller answers, commands ask. Knows neither probes nor stores.
"""
