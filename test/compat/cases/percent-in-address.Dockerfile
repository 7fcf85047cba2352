FROM alpine
ADD https://x.invalid/%C3%A9%20b /c/
RUN date +%Y%m%d && echo %PATH%
