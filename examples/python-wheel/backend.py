"""A build backend (PEP 517) for pure Python, without dependencies. The same sources give the same bytes.

`pip wheel .` uses it through pyproject.toml, and image.yaml calls it itself.
"""

import base64
import hashlib
import tomllib
import zipfile
from pathlib import Path

# The earliest time that a zip archive can hold: when a wheel was made is of no interest.
TIME = (1980, 1, 1, 0, 0, 0)


def _entry(name):
    entry = zipfile.ZipInfo(name, TIME)
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    # Not compressed: what deflate makes of it depends on the version of zlib. A layer is compressed anyway.
    entry.compress_type = zipfile.ZIP_STORED
    return entry


def _record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes the wheel (PEP 427) into the directory, and returns its name."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    name, version = project["name"], project["version"]
    info = f"{name}-{version}.dist-info"
    # Sorted, since directories list their files in any order.
    files = {path.as_posix(): path.read_bytes() for path in sorted(Path(name).rglob("*.py"))}
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        f"Summary: {project['description']}\nRequires-Python: {project['requires-python']}\n"
    ).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: backend.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = f"{info}/RECORD"
    files[record] = ("".join(_record_line(*item) for item in files.items()) + f"{record},,\n").encode()
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, wheel), "w") as archive:
        for path, data in files.items():
            archive.writestr(_entry(path), data)
    return wheel


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("only wheels are built here")
