FROM alpine
RUN cat <<EOF && \
  b
x
EOF
USER x
