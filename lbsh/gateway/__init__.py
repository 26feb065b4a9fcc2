"""The gateway: from the running script and the statuses to the rules in the kernel. Nothing else changes the packet filter.

`running` reads the script that the store keeps. `acceptance` says which statements are refused, `undone` which earlier ones
they make needless. `desired` is the site that should be loaded, `states` what the kernel should forget. `writer` does all of
it, under the lock of the store. `answers` and `status` put results into words.
"""
