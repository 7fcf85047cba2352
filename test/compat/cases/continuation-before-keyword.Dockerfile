FROM alpine
\
USER x
