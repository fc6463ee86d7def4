"""Shows that the parts of Python which need libraries of the system are there."""

import json
import sqlite3
import ssl

with sqlite3.connect(":memory:") as database:
    (sqlite,) = database.execute("select sqlite_version()").fetchone()

context = ssl.create_default_context()
print(
    json.dumps(
        {
            "sqlite": sqlite,
            "ssl": ssl.OPENSSL_VERSION,
            "authorities": len(context.get_ca_certs()),
        },
        sort_keys=True,
    )
)
