@echo off
rem Double-click to start the emoji camera. The first start installs what it needs.
setlocal
cd /d "%~dp0"
if not exist .venv\Scripts\python.exe (
    where py >nul 2>nul && (py -3 -m venv .venv) || (python -m venv .venv)
    if not exist .venv\Scripts\python.exe (
        echo Python 3.10 or newer was not found. Install it from python.org and tick "Add to PATH".
        pause
        exit /b 1
    )
)
fc /b requirements.txt .venv\installed.txt >nul 2>nul
if errorlevel 1 (
    echo Installing what is needed. This takes a minute, once.
    .venv\Scripts\python.exe -m pip install --disable-pip-version-check -q -r requirements.txt
    if errorlevel 1 (
        echo The installation failed. Check the connection to the internet and try again.
        pause
        exit /b 1
    )
    copy /y requirements.txt .venv\installed.txt >nul
)
.venv\Scripts\python.exe app.py %*
set code=%errorlevel%
if not "%code%"=="0" pause
exit /b %code%
