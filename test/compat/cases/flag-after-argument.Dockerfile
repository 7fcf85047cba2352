FROM alpine
COPY a --chown=b /c/
