@echo off
rem Double-click to start the panel, the emoji camera or the studio. The first start installs what it needs.
setlocal
cd /d "%~dp0"
set program=camera
rem A window that a double click has opened closes at the end, and what it says is gone unless it waits.
set wait=
if "%~1"=="" (
    set wait=yes
    set program=panel
    echo   P  the panel: a page in your browser that starts and steers the camera
    echo   C  the emoji camera by itself, in a window
    echo   S  the studio: train and try models, on a page in your browser
    choice /c PCS /n /t 15 /d P /m "Which one? In 15 seconds the panel starts. "
    if errorlevel 2 set program=camera
    if errorlevel 3 if not errorlevel 4 set program=studio
)
if not exist .venv\Scripts\python.exe (
    set python=python
    where py >nul 2>nul && set python=py -3
    call :make_environment
)
if not exist .venv\Scripts\python.exe (
    echo Python 3.10 or newer was not found. Install it from python.org and tick "Add to PATH".
    pause
    exit /b 1
)
.venv\Scripts\python.exe -c "import sys; sys.exit(sys.version_info < (3, 10))"
if errorlevel 1 (
    echo The Python in .venv is older than 3.10, or does not run any more. Remove the folder .venv and start this again.
    pause
    exit /b 1
)
copy /b /y requirements.txt+requirements-detector.txt .venv\wanted.txt >nul
fc /b .venv\wanted.txt .venv\installed.txt >nul 2>nul
if errorlevel 1 (
    rem A machine for which a package has no build gets a sentence, and not pip's pages.
    .venv\Scripts\python.exe -m realtime.cli.supported
    if errorlevel 1 goto unsupported
    echo Installing what is needed. This takes a minute, once.
    .venv\Scripts\python.exe -m pip install --disable-pip-version-check -q -r requirements.txt
    if errorlevel 1 goto failed
    .venv\Scripts\python.exe -m pip install --disable-pip-version-check -q --no-deps -r requirements-detector.txt
    if errorlevel 1 goto failed
    copy /y .venv\wanted.txt .venv\installed.txt >nul
)
if "%program%"=="studio" goto studio
if "%program%"=="panel" goto panel
.venv\Scripts\python.exe app.py %*
goto ended

:panel
fc /b requirements-panel.txt .venv\installed-panel.txt >nul 2>nul
if errorlevel 1 (
    echo Installing what the panel needs, once.
    .venv\Scripts\python.exe -m pip install --disable-pip-version-check -q -r requirements-panel.txt
    if errorlevel 1 goto failed
    copy /y requirements-panel.txt .venv\installed-panel.txt >nul
)
.venv\Scripts\python.exe app.py --panel
goto ended

:studio
fc /b training\requirements.txt .venv\installed-training.txt >nul 2>nul
if errorlevel 1 (
    echo Installing what the studio needs. This takes some minutes and about 1 GB, once.
    rem A torch for graphics cards would be several times as large.
    for /f "tokens=1" %%p in ('findstr /b "torch==" training\requirements.txt') do (
        .venv\Scripts\python.exe -m pip install --disable-pip-version-check -q %%p --index-url https://download.pytorch.org/whl/cpu
    )
    .venv\Scripts\python.exe -m pip install --disable-pip-version-check -q -r training\requirements.txt
    if errorlevel 1 goto failed
    copy /y training\requirements.txt .venv\installed-training.txt >nul
)
.venv\Scripts\python.exe -m training.studio
goto ended

:unsupported
pause
exit /b 1

:failed
echo The installation failed. Check the connection to the internet and try again.
pause
exit /b 1

:ended
set code=%errorlevel%
if not "%code%"=="0" set wait=yes
if defined wait pause
exit /b %code%

:make_environment
%* -c "import sys; sys.exit(sys.version_info < (3, 10))" >nul 2>nul
if errorlevel 1 exit /b 1
%* -m venv .venv
exit /b
