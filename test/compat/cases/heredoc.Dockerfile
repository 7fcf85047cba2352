FROM alpine
RUN <<EOF
a
# no comment
\
EOF
USER x
