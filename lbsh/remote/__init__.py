"""Scripts and other small files on other machines, by sftp, tftp and https: fetched as a whole or not at all, and stored."""
