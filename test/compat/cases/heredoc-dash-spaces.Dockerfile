FROM alpine
RUN <<-EOF
a
  EOF
EOF
USER x
