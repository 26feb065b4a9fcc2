"""A toolkit for line languages: one line is one statement, and no statement nests in another.

Knows no language in particular. Imports the standard library alone; only compiling a grammar imports Lark, and only then.
"""
