#!/bin/sh
# For a double click on macOS, where it was not tried: 开始.sh does it.
exec /bin/sh "$(dirname -- "$0")/开始.sh" "$@"
