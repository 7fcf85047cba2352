FROM alpine
LABEL a="café"
