FROM alpine
ENV A="b c
USER x
