FROM alpine
COPY << EOF /c/
x
EOF
USER x
