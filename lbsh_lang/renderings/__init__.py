"""Values as text, for people and for programs: findings, traces, changes, syntax trees. Pure functions of values."""
