"""A toolkit for line languages: one line is one statement, and no statement nests in another.

Knows no particular language. Imports the standard library alone, and Lark to compile grammars.
"""
