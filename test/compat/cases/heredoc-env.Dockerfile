FROM alpine
ENV A="<<EOF"
USER x
