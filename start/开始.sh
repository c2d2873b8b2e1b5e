#!/bin/sh
# Finds a Python of the right version and gives it start.py, which does all the rest. Tried on Linux; 开始.command runs it on macOS, where it was not tried.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ ! -f "$here/start.py" ]; then
    echo "请先把压缩包完整解压到一个文件夹，再双击其中的“开始”。"
    printf "按回车键关闭"
    read -r _
    exit 2
fi
candidates="python3.13 python3.12 python3.11"
if [ "$(uname)" = Darwin ]; then # where /usr/bin/python3 may be no Python, but a window that asks for Apple's tools
    for version in 3.13 3.12 3.11; do
        candidates="$candidates /Library/Frameworks/Python.framework/Versions/$version/bin/python3"
    done
else
    candidates="$candidates python3"
fi
for python in $candidates; do
    if "$python" "$here/start.py" --fits >/dev/null 2>&1; then
        exec "$python" "$here/start.py" "$@"
    fi
done
echo "这台电脑上没有找到 Python 3.11 至 3.13，请先安装："
echo "  macOS：在 www.python.org 的 Downloads 下载 3.13 的安装包（不要选更新的），双击安装"
echo "  Linux：用系统的软件管理安装，如 sudo apt install python3 python3-venv"
echo "装好后再双击“开始”。"
printf "按回车键关闭"
read -r _
exit 2
