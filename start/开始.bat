@echo off
rem Finds a Python of the right version and gives it start.py, which does all the rest. Not tried on Windows.
rem ASCII alone up to chcp 65001, for cmd reads by the machine's code page until then; Chinese lines end in a blank. CRLF, or goto fails.
rem What was dropped on the icon is taken from cmdcmdline by guantong start: of a path with an ampersand and no blank, cmd itself
rem would take the second half as a command, which the hard exit prevents. With delayed expansion no character of a path is syntax.
rem No program is taken from the folder that somebody stands in: it may be full of what others sent.
setlocal DisableDelayedExpansion
set "HERE=%~dp0"
setlocal EnableDelayedExpansion
set "NoDefaultCurrentDirectoryInExePath=1"
set "GUANTONG_COMMAND_LINE=!cmdcmdline!"
if not exist "!HERE!start.py" (
    chcp 65001 >nul
    goto packed
)
for %%P in ("py -3.13" "py -3.12" "py -3.11" "python") do (
    %%~P "!HERE!start.py" --fits >nul 2>nul
    if !errorlevel! equ 0 (
        %%~P "!HERE!start.py"
        exit
    )
)
chcp 65001 >nul
echo 这台电脑上没有找到 Python 3.11 至 3.13（64 位），请先安装： 
echo   1. 打开 www.python.org 的 Downloads，下载 Windows installer (64-bit)，版本选 3.13，不要选更新的 
echo   2. 双击安装，勾选 Add python.exe to PATH 
echo   3. 装好后，再把花名册拖到“开始”上，或双击“开始” 
pause
exit
:packed
echo 请先把压缩包完整解压到一个文件夹（右键，全部解压），再双击其中的“开始”。 
pause
exit
