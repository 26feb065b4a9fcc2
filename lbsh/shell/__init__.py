"""The administration shell: sessions in which an operator looks at the device and changes it, statement by statement."""
