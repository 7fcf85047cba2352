FROM alpine
USER x