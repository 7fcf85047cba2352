FROM alpine
ADD --chown=a <<EOF /c
x
EOF
USER x
