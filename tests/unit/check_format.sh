#!/bin/sh
# All C files that git knows are formatted as .clang-format says. Usage: check_format.sh [repository]
set -eu
cd "${1:-.}"
git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror
