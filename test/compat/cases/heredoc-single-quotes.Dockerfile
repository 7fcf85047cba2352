FROM alpine
RUN cat <<'EOF' >/a
$X
EOF
USER x
