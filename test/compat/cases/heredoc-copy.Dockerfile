FROM alpine
COPY <<EOF <<'B' /c/
x
EOF
y
B
USER x
