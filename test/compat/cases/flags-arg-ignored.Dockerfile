FROM alpine
ARG --x Y
STOPSIGNAL --x 9
