"""What pyproject.toml cannot say: the source distribution has the same bytes whenever it is built.

With SOURCE_DATE_EPOCH set, its times are that one, its owners nobody, its order that of the names.
"""

import gzip
import io
import os
import tarfile

from setuptools import setup
from setuptools.command.sdist import sdist


class Reproducible(sdist):
    """setuptools' own, whose archive is then written anew."""

    def make_archive(self, *arguments, **options):  # type: ignore[no-untyped-def]
        made = super().make_archive(*arguments, **options)
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if epoch is not None and made.endswith(".tar.gz"):
            _even(made, int(epoch))
        return made


def _even(path: str, epoch: int) -> None:
    plain = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            member.mtime, member.pax_headers = epoch, {}
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=epoch) as packed:
        packed.write(plain.getvalue())


setup(cmdclass={"sdist": Reproducible})
