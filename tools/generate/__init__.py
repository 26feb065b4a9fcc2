"""Programs that write what is derived from other files, one program for each."""
