# SPDX-License-Identifier: Apache-2.0
import os
from binascii import a2b_base64, hexlify


def mote_list(folder):
    found = {}
    try:
        for entry in os.ilistdir(folder):
            if entry[1] == 0x8000:
                found[entry[0]] = os.stat(folder + "/" + entry[0])[6]
    except OSError:
        pass
    print("#mote", found)


def mote_sha256(path):
    from hashlib import sha256

    digest = sha256()
    block = bytearray(512)
    view = memoryview(block)
    with open(path, "rb") as source:
        while True:
            count = source.readinto(block)
            if not count:
                return hexlify(digest.digest()).decode()
            digest.update(view[:count])


def mote_hash(paths):
    found = {}
    for path in paths:
        try:
            found[path] = mote_sha256(path)
        except OSError:
            found[path] = None
    print("#mote", found)


def mote_begin(path):
    global mote_file
    parts = path.split("/")
    for depth in range(2, len(parts)):
        try:
            os.mkdir("/".join(parts[:depth]))
        except OSError:
            pass
    mote_file = open(path + "~", "wb")


def mote_write(text):
    mote_file.write(a2b_base64(text))


def mote_commit(path, sha256):
    mote_file.close()
    same = mote_sha256(path + "~") == sha256
    if not same:
        os.remove(path + "~")
    else:
        try:
            os.rename(path + "~", path)
        except OSError:  # FAT does not replace
            os.remove(path)
            os.rename(path + "~", path)
    print("#mote", same)


def mote_remove(path):
    try:
        os.remove(path)
    except OSError:
        pass
