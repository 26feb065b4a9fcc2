"""The language server: converts between the protocol and `lbsh_lang.analysis`. Decides nothing about scripts.

pygls and lsprotocol are imported here and nowhere else; `lbsh` itself is not imported.
"""
