"""Backups of the whole server: base backups, WAL as it is written, and their restore.

A backup directory has

    bases/<time>/   base.tar.gz, pg_wal.tar.gz, backup_manifest of pg_basebackup;
                    manifest.json and secrets.json of ours
    wal/<time>/     a chain: segments of pg_receivewal without a gap
    stream.json     how far the newest chain is known to be complete
"""
