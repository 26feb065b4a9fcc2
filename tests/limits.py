"""Time limits: a test that waits for an event fails after `LONGEST`."""

from __future__ import annotations

LONGEST = 300.0
"""Seconds. Events that tests wait for come within a second or two on a machine at rest, and within half a minute beside
eight busy programs for each processor. So only a fault meets this limit. Silence is observed in another way."""
