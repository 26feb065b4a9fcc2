"""The toolkit for line languages, tried with small languages of its own."""
