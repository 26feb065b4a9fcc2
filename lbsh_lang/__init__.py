"""The lbsh language: text in, values out. Pure: it opens no file, socket or process and reads no clock."""
