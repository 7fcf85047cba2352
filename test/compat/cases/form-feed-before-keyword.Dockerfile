FROM alpine
USER x
