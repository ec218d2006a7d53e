@echo off
rem Starts Sectional on Windows, where nobody has tried it yet: finds Java by JAVA_HOME or PATH, builds the jars when they
rem are missing, and adds the vector module where Java has it. Java options of your own go into JAVA_OPTS.
setlocal
set "here=%~dp0"
set "jar=%here%target\sectional-cli.jar"
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
"%java%" -version >nul 2>nul
if errorlevel 1 (
    echo sectional: no Java was found; a JDK of version 17 or later is needed: install one, or set JAVA_HOME 1>&2
    exit /b 2
)
"%java%" --list-modules 2>nul | findstr /b "java.base@17 java.base@18 java.base@19 java.base@2 java.base@3" >nul
if errorlevel 1 (
    echo sectional: this Java is too old; a JDK of version 17 or later is needed: install one, or set JAVA_HOME 1>&2
    exit /b 2
)
if not exist "%jar%" (
    where mvn >nul 2>nul
    if errorlevel 1 (
        echo sectional: it is not built yet, and Maven is needed to build, once 1>&2
        exit /b 2
    )
    echo sectional: building, once; this may take a minute 1>&2
    pushd "%here%..\.."
    call mvn -q -B -Dmaven.test.skip=true -pl rsp/cli -am package 1>&2
    popd
)
if not exist "%jar%" exit /b 1
set "vectors="
"%java%" --list-modules | findstr /b "jdk.incubator.vector" >nul && set "vectors=--add-modules=jdk.incubator.vector"
"%java%" -XX:+UseParallelGC -Dfile.encoding=UTF-8 -Djava.awt.headless=true %vectors% %JAVA_OPTS% -jar "%jar%" %*
