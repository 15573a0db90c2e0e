#!/usr/bin/env python3
"""Installs a completion script under the name that its shell looks for.

usage: install_completion.py FILE DIRECTORY NAME    (run by meson install)
"""
import os
import shutil
import sys

source, directory, name = sys.argv[1:4]
if not os.path.isabs(directory):
    directory = os.path.join(os.environ["MESON_INSTALL_DESTDIR_PREFIX"], directory)
elif os.environ.get("DESTDIR"):
    directory = os.environ["DESTDIR"] + directory
os.makedirs(directory, exist_ok=True)
shutil.copyfile(source, os.path.join(directory, name))
