"""tar-list.py TAR [DIRECTORY]: lists a tar as `tar -tv` does, without times; with a directory, extracts into it."""

import stat
import sys
import tarfile

with tarfile.open(sys.argv[1], "r:") as archive:
    for member in archive:
        kind = stat.S_IFDIR if member.isdir() else stat.S_IFLNK if member.issym() else stat.S_IFREG
        link = f" -> {member.linkname}" if member.issym() else ""
        mode = stat.filemode(kind | member.mode)
        print(f"{mode} {member.uid}/{member.gid} {member.size} {member.name}{link}")
    if len(sys.argv) > 2:
        for member in archive:
            member.uid = member.gid = 0
            archive.extract(member, sys.argv[2])
