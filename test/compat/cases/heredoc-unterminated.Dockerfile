FROM alpine
RUN <<EOF
a
USER x
