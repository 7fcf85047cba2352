FROM alpine
ENV --x=y
