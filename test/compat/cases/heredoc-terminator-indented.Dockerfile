FROM alpine
RUN <<EOF
a
 EOF
USER x
