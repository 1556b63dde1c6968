# SPDX-License-Identifier: Apache-2.0
# Runs on the board under QEMU: files that lie in memory, as a read-only file system at the root.
# The host puts `FILES = {"name": (address, bytes)}` in front. Tests read a file with open(),
# import it, or take view("name"), a buffer on the bytes where they lie.
import io
import os

import uctypes


class MemoryFile(io.IOBase):
    def __init__(self, data, text):
        self.data = data
        self.text = text
        self.at = 0

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data) - self.at)
        buffer[:count] = self.data[self.at : self.at + count]
        self.at += count
        return count

    def read(self, count=-1):
        left = len(self.data) - self.at
        part = bytearray(left if count is None or count < 0 else min(count, left))
        self.readinto(part)
        return str(part, "utf-8") if self.text else bytes(part)

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, len(self.data))[whence]
        return self.at

    def tell(self):
        return self.at

    def close(self):
        pass

    def ioctl(self, request, argument):
        return 0 if request == 4 else -1  # MP_STREAM_CLOSE; nothing else

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


class MemoryFiles:
    def __init__(self, files):
        self.files = files

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def view(self, name):
        return uctypes.bytearray_at(*self.files[name.strip("/")])

    def open(self, path, mode):
        try:
            return MemoryFile(memoryview(self.view(path)), "b" not in mode)
        except KeyError:
            raise OSError(2) from None

    def stat(self, path):
        name = path.strip("/")
        if name in self.files:
            return (0x8000, 0, 0, 0, 0, 0, self.files[name][1], 0, 0, 0)
        if not name or any(other.startswith(name + "/") for other in self.files):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)


_files = MemoryFiles(FILES)  # noqa: F821
view = _files.view
os.mount(_files, "/")
